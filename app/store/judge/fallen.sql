-- What has fallen due since the last sweep: clocks and judgements whose moment has come or which have ended, and what is
-- no order and was touched.
create or replace temp table judged_order as
select order_no from due where due_at >= $since and due_at < $now and void_at is null and met_at is null
union
select order_no from judgement
where code is not null and ((since > $since and since <= $now) or (until > $since and until <= $now))
union
select no from also_touched
