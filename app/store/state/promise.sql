-- Another date is shown for the promise, by more than is tolerated; from when both were first known.
-- needs shown
insert into disagreed by name
with differing as (
    select * from shown where role in ('crm', 'ecom') and true_rank between 0 and 11 and abs(epoch(promised_at) - epoch(true_promise)) > (select min(most) from compared where field = 'promised_at')
)
select s.order_no, 'erp' as truth, s.system, s.role, 'promised_at' as field, strftime(s.true_promise, '%Y-%m-%dT%H:%M:%SZ') as truth_value,
    strftime(s.promised_at, '%Y-%m-%dT%H:%M:%SZ') as view_value, 'differs' as direction, greatest(min(a.arrived_at), min(w.arrived_at)) as known_at,
    abs(epoch(s.promised_at) - epoch(s.true_promise)) as gap, 0 as whole
from differing s join act a on s.order_no = a.order_no and a.promised_at = s.true_promise
join trail w on s.order_no = w.order_no and s.role = w.role and w.promised_at = s.promised_at
group by s.order_no, s.system, s.role, s.true_promise, s.promised_at
