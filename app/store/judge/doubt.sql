-- Events whose time nobody can trust: their source's clock is wrong (judge/clock), and they came as many whole hours after their
-- time as it is wrong by. The orders of which that is news are judged.
create temp table if not exists doubted (order_no bigint, event_id ubigint);
create temp table if not exists trail (order_no bigint, seq bigint, source varchar, role varchar, occurred_at timestamp, arrived_at timestamp);
-- needs doubted
create or replace temp table doubted_before as from doubted;
-- needs wrong_clock
create or replace temp table doubted as
select distinct l.order_no, e.event_id from wrong_clock w
join event e on e.source = w.source and e.received_at between w.since - interval 1 day and w.until + interval 1 day
    and e.received_at >= e.occurred_at + to_hours(w.hours)
join link l on e.seq = l.seq;
-- needs doubted or doubted_before
insert into judged_order select distinct order_no from (
    (from doubted except from doubted_before) union all (from doubted_before except from doubted)
)
