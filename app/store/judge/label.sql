-- The labels of steps that may start a clock; those that an event does not carry are those of its order.
select s.step, coalesce(s.partner, o.partner) as partner, coalesce(s.tier, o.tier) as tier,
    coalesce(s.channel, o.channel) as channel, coalesce(s.entity, o.entity) as entity,
    coalesce(s.customer, o.customer) as customer, s.source
from step s join folded_orders o on s.order_no = o.order_no
where s.type in (select type from rule_start)
