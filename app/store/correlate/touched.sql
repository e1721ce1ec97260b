-- Events that belong to several orders: whose lines they are must be asked. When that changes, it concerns all of them.
create or replace temp table near_link as
select l.seq, l.order_no from link l semi join (select seq from linked_all union all select seq from cut) a on l.seq = a.seq;
create or replace temp table near_several as
select seq from near_link group by seq having count(*) > 1
union select s.seq from several s join (select seq from linked_all union select seq from cut) a on s.seq = a.seq;
-- needs near_several
delete from several where seq in (select seq from near_several);
-- needs near_several
insert into several select seq from near_link group by seq having count(*) > 1;

-- The orders to fold again: newly linked, changed, no longer linked, beside others of an event, or waiting for a moment
-- that has come.
create or replace temp table touched as
select distinct order_no from (
    select order_no from linked_all
    union all select order_no from changed
    union all select order_no from cut
    union all select l.order_no from near_link l join near_several s on l.seq = s.seq
    union all select order_no from wake where wake_at <= $now
) where order_no is not null;
delete from wake where wake_at <= $now;
-- needs linked_all
insert into wake
select l.order_no, min(e.occurred_at) from event e join linked_all l on e.seq = l.seq
where e.occurred_at > $now group by l.order_no;
