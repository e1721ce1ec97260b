-- The ERP has booked another quantity than the nodes shipped.
-- needs shown
insert into disagreed by name
with posted as (
    select v.order_no, v.shipped, sum(n.shipped) as left_qty, min(n.system) as node from folded_view v join shown n on v.order_no = n.order_no
    where v.system in ('erp', 'erp_legacy') and n.role in ('3pl', 'wms') and v.shipped is not null and n.shipped is not null group by v.order_no, v.shipped
)
select p.order_no, p.node as truth, 'erp' as system, split_part(p.node, '.', 1) as role, 'shipped' as field, p.left_qty::varchar as truth_value,
    p.shipped::varchar as view_value, case when p.shipped < p.left_qty then 'behind' else 'ahead' end as direction, max(a.arrived_at) as known_at,
    abs(p.shipped - p.left_qty) as gap, p.left_qty as whole
from posted p join trail a on p.order_no = a.order_no and a.type in ('shipment.dispatched', 'shipment.posted')
where p.shipped <> p.left_qty group by p.order_no, p.node, p.left_qty, p.shipped
