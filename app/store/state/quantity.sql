-- More shipped than ordered or asked for; more invoiced than left; more credited than invoiced.
insert into broken by name
with last_step as (
    select order_no, line, measure, make_timestamp((max(moment) // 18446744073709551616 // 128)::bigint) as since
    from once where measure in ('shipped', 'invoiced', 'credited') group by all
),
over as (
    select order_no, line, shipped, case when shipped - returned > ordered - cancelled then 'more_than_ordered' else 'more_than_released' end as cause
    from folded_line where not implied and (shipped - returned > ordered - cancelled or (released > 0 and shipped - returned > released))
)
select v.order_no, 'over_shipped' as code, min(v.cause) as cause, '' as subject, string_agg(v.line || ':' || v.shipped::varchar, ' ' order by v.line) as occurrence,
    min(s.since) as since
from over v left join last_step s on v.order_no = s.order_no and v.line = s.line and s.measure = 'shipped' group by v.order_no
union all
select l.order_no, 'invoiced_not_shipped', 'invoiced_not_shipped', '', string_agg(l.line || ':' || l.invoiced::varchar, ' ' order by l.line), min(s.since)
from folded_line l join folded_orders o on l.order_no = o.order_no left join last_step s on l.order_no = s.order_no and l.line = s.line and s.measure = 'invoiced'
where l.invoiced > greatest(l.posted, l.shipped) and o.kind not in ('bill_and_hold', 'will_call') group by l.order_no
union all
select l.order_no, 'credit_mismatch', 'more_than_invoiced', '', string_agg(l.line || ':' || l.credited::varchar, ' ' order by l.line), min(s.since)
from folded_line l left join last_step s on l.order_no = s.order_no and l.line = s.line and s.measure = 'credited'
where l.credited > l.invoiced and not l.implied and l.order_no in (select order_no from act where type = 'credit.issued' and len(lines) > 0)
group by l.order_no
