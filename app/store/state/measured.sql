-- The steps that ended in the last 90 days and were seen at both ends; none whose own clock was void, none of an order that
-- was cancelled.
with void as (
    select distinct d.order_no, s.step from due d join journey_step s on d.rule = s.rule where d.void_at is not null
)
select t.step, t.place, t.entered_at, t.left_at, coalesce(o.partner, '') as partner, coalesce(o.carrier, '') as carrier,
    case when s.pace <> '' then coalesce(o.partner, '') else '' end as at_node, case when s.pace = 'carrier' then coalesce(o.carrier, '') else '' end as lane,
    case isodow(t.entered_at) when 5 then 'friday' when 6 then 'weekend' when 7 then 'weekend' else 'weekday' end as weekday,
    epoch(t.left_at - t.entered_at) as passed
from steps_taken('orders', 'milestone', 'fulfillment', 'shipment') t join journey_step s on t.step = s.step
join orders o on t.order_no = o.order_no
anti join void v on t.order_no = v.order_no and t.step = v.step
where t.told and t.left_at > $now::timestamp - interval 90 day and t.left_at <= $now and t.left_at >= t.entered_at
