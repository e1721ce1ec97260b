-- What a node did not ship of what it was asked, and is done with: it said so, or shipped all that it had picked. The ERP
-- has answered (backordered the rest, found other goods for it, or released it again), or has not.
create or replace temp table short_leg as
select l.order_no, l.key, l.line, f.partner, coalesce(f.picked_at, f.dispatched_at, f.last_at) as at,
    greatest(l.shorted, l.cancelled, case when l.picked > 0 and l.picked < l.released and l.shipped >= l.picked then l.released - l.shipped else 0 end) as qty
from folded_fulfillment_line l join folded_fulfillment f on l.order_no = f.order_no and l.key = f.key
where l.shorted > 0 or (l.cancelled > 0 and l.shipped > 0) or (l.picked > 0 and l.picked < l.released and l.shipped >= l.picked);

-- needs short_leg
insert into broken by name
select s.order_no, case when bool_and(l.stage_rank = 4 or x.order_no is not null or v.at is not null) then 'short_ship' else 'short_ship_unresolved' end as fact, 'short' as cause, s.key as subject,
    string_agg(distinct s.line || ':' || s.qty::varchar, ' ' order by s.line || ':' || s.qty::varchar) as occurrence, min(s.at) as since, any_value(s.partner) as partner
from short_leg s join folded_line l on s.order_no = l.order_no and s.line = l.line
left join (
    select distinct g.order_no, g.line, g.key from folded_fulfillment_line g join folded_fulfillment f on g.order_no = f.order_no and g.key = f.key
    where g.released > g.shipped and coalesce(f.stage, '') not in ('rejected', 'cancelled')
) x on s.order_no = x.order_no and s.line = x.line and x.key <> s.key
left join (
    select p.order_no, p.line, max(a.occurred_at) as at from step_line p join act a on p.act_no = a.act_no
    where p.type in ('order.allocated', 'order.backordered') group by p.order_no, p.line
) v on s.order_no = v.order_no and s.line = v.line and v.at > s.at
where l.open_qty > 0 and s.qty > 0 group by s.order_no, s.key
