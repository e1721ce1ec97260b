-- The moments at which so many Dues of some codes had fallen due within so long and were open, and were at least that share of
-- all that fell due then (rules/kinds/outage.py); and when too few of them were open, for which a Due counts $lately long.
with fell as (
    select partner, due_at, least(coalesce(met_at, due_at + $lately), due_at + $lately) as closed_at from due
    where list_contains($cases::varchar[], code) and void_at is null and due_at < $now and partner is not null
),
moment as (
    select a.partner, a.due_at, min(b.due_at) filter (where b.closed_at > a.due_at) as began_at,
        list_sort(list(b.closed_at) filter (where b.closed_at > a.due_at)) as closes,
        greatest($least, ceil(count(*) * $share::double))::bigint as enough
    from (select distinct partner, due_at from fell) a
    join fell b on a.partner = b.partner and b.due_at between a.due_at - to_microseconds($within) and a.due_at
    group by a.partner, a.due_at
)
select partner, due_at, began_at, case when over_at <= $now then over_at end as ended_at
from (select *, closes[len(closes) - enough + 1] as over_at from moment where len(closes) >= enough) order by all
