-- Another ship-to, or an older revision than the order's at a node that has not picked yet.
-- needs shown
insert into disagreed by name
select s.order_no, 'erp' as truth, s.system, s.role, 'ship_to' as field, s.true_ship_to as truth_value, s.ship_to as view_value, 'differs' as direction,
    greatest(min(a.arrived_at), min(w.arrived_at)) as known_at
from shown s join trail a on s.order_no = a.order_no and a.role in ('erp', 'erp_legacy', 'ecom') and a.attrs ->> '$.ship_to' = s.true_ship_to
join trail w on s.order_no = w.order_no and s.role = w.role and w.attrs ->> '$.ship_to' = s.ship_to
where s.role <> 'ecom' and s.ship_to <> s.true_ship_to and s.true_rank between 0 and 11 group by s.order_no, s.system, s.role, s.true_ship_to, s.ship_to
union all
select s.order_no, 'erp', s.system, s.role, 'revision', s.true_revision::varchar, s.revision::varchar, 'behind', min(a.arrived_at)
from shown s join act a on s.order_no = a.order_no and a.role in ('erp', 'erp_legacy') and a.revision = s.true_revision
join working k on s.order_no = k.order_no and s.system = k.partner and not k.picked
where s.role in ('3pl', 'wms') and s.revision < s.true_revision and s.true_rank between 0 and 9 group by s.order_no, s.system, s.role, s.true_revision, s.revision
