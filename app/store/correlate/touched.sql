-- The orders to fold again: newly linked, changed, no longer linked, or waiting for a moment that has come.
create or replace temp table touched as
select distinct order_no from (
    select order_no from linked_all
    union all select order_no from changed
    union all select order_no from cut
    union all select order_no from wake where wake_at <= $now
) where order_no is not null;
delete from wake where wake_at <= $now;
insert into wake
select l.order_no, min(e.occurred_at) from event e join linked_all l on e.seq = l.seq
where e.occurred_at > $now group by l.order_no;
