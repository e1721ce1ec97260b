-- The orders of which something has fallen due since the last sweep.
create or replace temp table judged_order as
select distinct order_no from due
where due_at >= $since and due_at < $now and void_at is null and met_at is null
