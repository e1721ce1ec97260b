-- Cancelled here and alive there.
-- needs shown
insert into disagreed by name
select s.order_no, 'erp' as truth, s.system, s.role, 'cancelled' as field, 'true' as truth_value, 'false' as view_value, 'behind' as direction,
    max(a.arrived_at) as known_at
from shown s join act a on s.order_no = a.order_no and a.type = 'order.cancelled' left join working k on s.order_no = k.order_no and s.system = k.partner
where s.true_rank = -1 and not s.cancelled and s.stage_rank is not null and (s.role in ('crm', 'ecom') or k.stage_rank >= 7)
group by s.order_no, s.system, s.role
union all
select s.order_no, 'erp', s.system, s.role, 'cancelled', 'false', 'true', 'ahead', min(a.arrived_at)
from shown s join trail a on s.order_no = a.order_no and a.role = s.role
    and (a.type in ('order.cancelled', 'fulfillment.cancelled') or lower(a.status) in ('cancelled', 'canceled'))
where s.true_rank between 0 and 11 and s.cancelled and (s.role in ('crm', 'ecom') or s.order_no not in (select order_no from working))
group by s.order_no, s.system, s.role
