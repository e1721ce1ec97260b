-- The same lines of a shipment booked twice, more than has left, and not reversed. A booking that names the document of an
-- earlier one is the same, told again.
create or replace temp table booked_again as
select s.order_no, s.sh from act a join event_shipment s on a.act_no = s.act_no
where a.type = 'shipment.posted' group by s.order_no, s.sh having count(*) > 1;
-- needs booked_again
insert into broken by name
with said as (
    select a.order_no, s.sh, a.type, a.occurred_at, a.moment, coalesce(a.attrs ->> '$.document', '') as document,
        lower(concat_ws(' ', a.reason, a.status)) as why, md5(list_sort(list_transform(a.lines, lambda l: concat_ws(':', l.line, l.sku, l.qty)))::varchar) as content,
        list_sum(list_transform(a.lines, lambda l: try_cast(l.qty as decimal(18, 6)))) as qty
    from act a join event_shipment s on a.act_no = s.act_no join booked_again m on s.order_no = m.order_no and s.sh = m.sh
    where a.type in ('shipment.posted', 'shipment.dispatched') and len(a.lines) > 0
),
booked as (
    select order_no, sh, content, occurred_at, min(document) as document, max(moment) as moment, any_value(qty) as qty from said
    where type = 'shipment.posted' and why not like '%revers%' group by order_no, sh, content, occurred_at
),
again as (
    select b.order_no, b.sh, b.content, min(b.occurred_at) as since, max(b.moment) as moment, any_value(b.qty) as qty
    from booked b join booked a on b.order_no = a.order_no and b.sh = a.sh and b.content = a.content and a.occurred_at < b.occurred_at
        and (a.document = '' or b.document = '' or a.document <> b.document)
    group by b.order_no, b.sh, b.content
),
gone as (select order_no, sh, max(qty) as qty from said where type = 'shipment.dispatched' group by order_no, sh)
select a.order_no, 'double_posted' as fact, 'posted_twice' as cause, a.sh as subject, strftime(a.since, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, min(a.since) as since, null as partner
from again a left join gone g on a.order_no = g.order_no and a.sh = g.sh
where (g.qty is null or 2 * a.qty > g.qty)
    and not exists (select 1 from said r where r.order_no = a.order_no and r.sh = a.sh and r.type = 'shipment.posted' and r.why like '%revers%' and r.moment > a.moment)
group by a.order_no, a.sh, a.since
