-- Lines whose quantities do not fit together, from when the quantity that a rule watches last changed, or when the newest
-- word of either side arrived.
insert into broken by name
with moved as (
    select order_no, line, measure, make_timestamp((max(moment) // 18446744073709551616 // 128)::bigint) as since
    from once where measure in (select watched from mismatched) and order_no in (select order_no from mismatched) group by all
),
heard as (
    select m.rule, m.order_no, max(a.arrived_at) as since from (select distinct rule, order_no from mismatched where arrived) m
    join side s on m.rule = s.rule join act a on m.order_no = a.order_no and a.type = s.type group by all
)
select m.order_no, m.rule as fact, arg_min(m.cause, m.place) as cause, '' as subject, string_agg(m.told, ' ' order by m.line) as occurrence,
    coalesce(any_value(h.since), min(v.since)) as since
from mismatched m left join moved v on m.order_no = v.order_no and m.line = v.line and m.watched = v.measure
left join heard h on m.rule = h.rule and m.order_no = h.order_no
where m.lined = '' or m.order_no in (select order_no from act a where a.type = m.lined and len(a.lines) > 0)
group by m.rule, m.order_no
