-- Every stored event that is tied to no order which exists.
create or replace temp table stray as
select seq from event
where split_part(type, '.', 1) in ('order', 'fulfillment', 'shipment', 'return', 'invoice')
    and seq <= $last and seq not in (
        select l.seq from link l
        join (select distinct order_no from node where hub = 0 and kind in ('so', 'ch')) o on l.order_no = o.order_no
    )
