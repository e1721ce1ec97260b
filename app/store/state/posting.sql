-- Quantities that differ when all that left is booked, from when it was known. What is not booked at all is a clock (S10).
insert into broken by name
select l.order_no, 'shipment_unposted' as code, 'quantity' as cause, '' as subject,
    string_agg(l.line || ':' || l.posted::varchar || '/' || l.shipped::varchar, ' ' order by l.line) as occurrence, max(a.at) as since
from folded_line l join folded_orders o on l.order_no = o.order_no join (
    select order_no, max(arrived_at) as at from act where type in ('shipment.dispatched', 'shipment.posted') group by order_no
) a on l.order_no = a.order_no
where l.posted <> l.shipped and l.posted > 0 and l.shipped > 0 and not l.implied
    and l.order_no not in (select order_no from folded_shipment where dispatched_at is not null and posted_at is null and voided_at is null)
group by l.order_no
