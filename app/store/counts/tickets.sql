-- Tickets of orders that were opened in [$since, $day), each with the midnight after it.
select o.order_id, t.opened_at, coalesce(o.partner, '') as partner, date_trunc('day', t.opened_at) + interval 1 day as counted_at
from ticket t join orders o on t.order_no = o.order_no
where t.opened_at >= $since and t.opened_at < $day
order by all
