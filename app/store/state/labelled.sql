-- What was found, beside what conditions and overrides may ask of its order.
select f.*, o.tier as "order.tier", o.channel as "order.channel", o.entity as "order.entity", o.customer as "order.customer", o.kind as "order.kind",
    o.stage as "order.stage", o.partner as "order.partner", o.carrier as "order.carrier", o.location as "order.location", o.region as "order.region",
    o.family as "order.family", o.currency as "order.currency", o.value as "order.value", o.revision as "order.revision", o.billing as "order.billing",
    o.return_state as "order.return", o.partly as "order.partly", coalesce(s.unposted, 0) as "order.unposted", coalesce(s.unreported, 0) as "order.unreported"
from finding f left join (
    from folded_orders union all by name select * from orders where order_no in (select order_no from twin except select order_no from touched)
) o on f.order_no = o.order_no
left join (
    select order_no, count(*) filter (where posted_at is null) as unposted, count(*) filter (where dispatched_at is null) as unreported
    from folded_shipment where voided_at is null and (dispatched_at is not null or posted_at is not null) group by order_no
) s on f.order_no = s.order_no
