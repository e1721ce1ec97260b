-- Events whose time nobody can trust: their source tells of several orders, within a day, that it worked on them before it was
-- asked, and they came as many whole hours after their time as it is wrong by. The orders of which that is news are judged.
create temp table if not exists doubted (order_no bigint, event_id ubigint);
create temp table if not exists trail (order_no bigint, seq bigint, source varchar, role varchar, occurred_at timestamp, arrived_at timestamp);
create or replace temp table doubted_before as from doubted;
create or replace temp table doubted as
with early as (select system, order_no, since, until, detail::bigint as hours from judgement where kind = 'too_early')
select distinct l.order_no, e.event_id from early y
join event e on e.source = y.system and e.received_at between y.since - interval 1 day and y.until + interval 1 day
    and e.received_at >= e.occurred_at + to_hours(y.hours)
join link l on e.seq = l.seq
where exists (
    select 1 from early o where o.system = y.system and o.order_no <> y.order_no and o.since <= y.until + interval 1 day and o.until >= y.since - interval 1 day
);
insert into judged_order select distinct order_no from (
    (from doubted except from doubted_before) union all (from doubted_before except from doubted)
)
