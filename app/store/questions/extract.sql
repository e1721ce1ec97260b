-- What a full extract claims beside what its system had told us. `claim`: key, stage, rank, said_at, revision. `claim_line`:
-- key, said_at, revision, lines. A stage of -1 or -2 (cancelled, rejected) is past every other.
with newest as (
    select key, max(said_at) as said_at, arg_max(stage, row(said_at, rank)) filter (where rank is not null) as stage,
        arg_max(rank, row(said_at, rank)) filter (where rank is not null) as rank
    from claim group by key
),
placed as (
    select c.*, o.order_no, o.so from newest c
    left join node n on hash(c.key) = n.key and c.key = n.text and n.hub = 0
    left join orders o on n.order_no = o.order_no
),
ours as (
    select order_no, arg_max(stage, said_at) as stage, arg_max(stage_rank, said_at) as rank, max(seen_at) as seen_at
    from view where system in ($source, $role) group by order_no
),
staged as (
    select p.key, p.stage as there, coalesce(u.stage, 'nothing') as here,
        case when p.rank < 0 then 100 - p.rank else p.rank end as theirs,
        coalesce(case when u.rank < 0 then 100 - u.rank else u.rank end, -1) as known
    from placed p left join ours u on p.order_no = u.order_no
    where p.order_no is not null and p.rank is not null and p.said_at < $before
),
-- The newest order event of the extract says what was ordered; lines of one number add up.
ordered as (
    select key, coalesce(nullif(l.line, ''), l.sku) as line, sum(try_cast(l.qty as decimal(18, 6))) as qty from (
        select c.key, unnest(c.lines) as l from claim_line c
        semi join (select key, max(row(coalesce(revision, 1), said_at)) as newest from claim_line group by key) n
            on c.key = n.key and row(coalesce(c.revision, 1), c.said_at) = n.newest
        where c.said_at < $before
    ) group by all having qty is not null
),
counted as (
    select o.key, o.line, o.qty as there, l.ordered as here from ordered o join placed p on o.key = p.key
    left join order_line l on p.order_no = l.order_no and (o.line = l.line or (l.line = '' and o.line = l.sku))
    where p.order_no is not null and $role in ('erp', 'erp_legacy')
)
select key, what, here, there from (
    select key, 'unknown' as what, null as here, coalesce(stage, 'named') as there from placed where order_no is null and said_at < $before
    union all
    select key, case when theirs > known then 'missed' else 'contradicted' end, here, there from staged where theirs <> known
    union all
    select key, 'quantity', line || ': ' || coalesce((here::double)::varchar, 'none'), line || ': ' || (there::double)::varchar
    from counted where here is distinct from there
    union all
    select coalesce(o.so, o.order_id), 'absent', u.stage, null from orders o join ours u on o.order_no = u.order_no
    where $complete and o.stage_rank between 0 and 11 and coalesce(u.rank, 0) between 0 and 11 and u.seen_at < $before
        and o.order_no not in (select order_no from placed where order_no is not null)
        and ($role not in ('erp', 'erp_legacy') or o.order_no not in (
            select order_no from node where kind = 'so' and hub = 0 and order_no is not null and list_contains($others, split_part(text, ':', 2))))
) order by array_position(['unknown', 'missed', 'contradicted', 'quantity', 'absent'], what), key, here, there
