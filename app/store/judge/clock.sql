-- Sources whose clock or zone is wrong: they tell that they worked on orders before they were asked (state/early), of several
-- orders within a day; or of one, which may have been given by telephone, and what they send from then on (at the least the
-- four reports of a leg) is as many whole hours old, four of five.
create or replace temp table early as
select system as source, order_no, since, until, detail::bigint as hours from judgement where kind = 'too_early';
create or replace temp table wrong_clock (source varchar, order_no bigint, since timestamp, until timestamp, hours bigint);
-- needs early
insert into wrong_clock from early y where exists (
    select 1 from early o where o.source = y.source and o.order_no <> y.order_no and o.since <= y.until + interval 1 day and o.until >= y.since - interval 1 day
) or y.source in (
    select o.source from early o join event e on e.source = o.source and e.received_at between o.since and o.until + interval 1 day
    where o.order_no = y.order_no
    group by o.source, o.order_no having count(*) >= 4 and avg((e.received_at >= e.occurred_at + to_hours(o.hours))::int) >= 0.8
)
