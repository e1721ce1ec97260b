-- What orders are called when they are compared: by their id, or what is no order by its first key.
create or replace temp table called as
select k.order_no, coalesce(o.order_id, k.name) as name
from (select order_no, min(text) as name from node where order_no is not null group by order_no) k
left join orders o on k.order_no = o.order_no
