-- Lines of events that belong to several orders, or whose lines name their order: those that are this order's. Where no line
-- of a step forward says whose it is, those count that this order has, for no more than it ordered (`shared`). Else, where
-- none is this order's, the step has happened and says nothing of quantities (`elsewhere`): one line stands there that is
-- nobody's.
create or replace temp table told_line as
select l.order_no, e.seq, e.lines, list_bool_or(list_transform(e.lines, lambda l: l."order" is not null)) as told,
    e.type in (select type from measure where stage_rank between 5 and 12 or measure in ('posted', 'invoiced')) as forward
from link l
semi join touched o on l.order_no = o.order_no
join event e on l.seq = e.seq
where len(e.lines) > 0 and e.seq between $first and $last and l.seq between $first and $last
    and (e.seq in (select seq from several) or told);
-- A number as keys are compared, as far as it matters here.
create or replace temp macro spelled(number) as upper(trim(regexp_replace(number, '[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]', '', 'g')));
-- needs told_line
create or replace temp table whose as
with line as (
    select order_no, seq, unnest(lines) as l, unnest(range(len(lines))) as place from told_line
),
named as (
    select distinct order_no, seq, spelled(l."order") as number from line where l."order" is not null
),
ours as (
    select n.order_no, n.seq, n.number from named n join (
        select order_no, value from node where hub = 0 union all select order_no, value from reach
    ) k on n.order_no = k.order_no and k.value in (hash(n.number), hash(ltrim(n.number, '0')))
),
kept as (
    select i.order_no, i.seq, list(i.l order by i.place) as lines from line i
    where exists (
        select 1 from ours o where o.order_no = i.order_no and o.seq = i.seq and o.number = spelled(i.l."order")
    ) group by i.order_no, i.seq
)
select a.order_no, a.seq, a.forward and not a.told as shared, k.order_no is null and not shared as elsewhere,
    case when k.order_no is not null then k.lines when shared then a.lines
        else [struct_pack(line := '·', sku := null, qty := null, uom := null, price := null, "order" := null)] end as lines
from told_line a left join kept k on a.order_no = k.order_no and a.seq = k.seq;

-- The events of the touched orders as the fold sees them: up to now, without those that another claim on their id
-- outdid, with whether the sender owns what it says. A source whose first word is no role speaks for all. `act_no` numbers them (an
-- event may belong to several orders), `moment` sorts by (business time, rank of the source, id), `version` by revision before
-- that; each is one number.
create or replace temp table trail as
select l.act_no, l.order_no, e.seq, coalesce(w.lines, e.lines) as lines, coalesce(w.elsewhere, false) as elsewhere, coalesce(w.shared, false) as shared, e.event_id, e.source, e.type, e.occurred_at,
    case when $frozen and not e.received_given then e.occurred_at else e.received_at end as arrived_at,
    e.keys, coalesce(e.revision, 1) as revision, e.revision as revision_said, e.partner, e.carrier, e.location,
    e.customer, e.tier, e.channel, e.entity, e.amount, e.currency, e.promised_at, e.status, e.reason, e.hold_kind,
    e.hold_id, e.trace_id, nullif(e.attrs, '{}') as attrs, split_part(e.source, '.', 1) as role,
    coalesce(s.rank, 99) as source_rank,
    s.rank is null or list_contains(t.owners, split_part(e.source, '.', 1))
        or (split_part(e.source, '.', 1) = 'erp_legacy' and list_contains(t.owners, 'erp')) as owned,
    coalesce(t.stage, '') as stage, t.stage_rank, t.holds,
    epoch_us(e.occurred_at)::hugeint * 128 + (127 - coalesce(s.rank, 99)) as stamp,
    stamp * 18446744073709551616 + e.event_id as moment,
    (least(coalesce(e.revision, 1), 65535)::hugeint * 1152921504606846976 + stamp) * 17592186044416 + (e.event_id >> 20) as version
from (
    select (row_number() over ())::uinteger as act_no, order_no, seq from link semi join touched using (order_no)
    where seq between $first and $last
) l
join event e on l.seq = e.seq
left join event_type t on e.type = t.type
left join source_role s on split_part(e.source, '.', 1) = s.role
left join whose w on l.order_no = w.order_no and l.seq = w.seq
anti join outdone d on e.seq = d.seq
where e.occurred_at <= $now and e.seq between $first and $last;

create or replace temp view act as from trail where owned;

-- The keys that they name.
create or replace temp table named as
select act_no, order_no, key, left(key, instr(key, ':') - 1) as kind, owned from (select act_no, order_no, owned, unnest(keys) as key from trail);

-- Only a component that holds a sales order or a channel order is an order.
create or replace temp table anchor as
select n.order_no,
    arg_min(n.text, row(k.strength, n.text)) as text,
    min(n.text) filter (where n.kind = 'so') as so
from node n semi join touched t on n.order_no = t.order_no
join key_kind k on n.kind = k.kind
where n.hub = 0
group by n.order_no
having count(*) filter (where n.kind in ('so', 'ch')) > 0
