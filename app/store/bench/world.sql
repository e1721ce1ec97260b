-- A made-up quarter of a distributor for measuring: $orders orders of twenty events each, of $total that are spread evenly
-- over ninety days, stored in the order in which these arrive. All but the newest are closed; one in fifty had a CRM that
-- was told too late.
create or replace temp table plot as
select * from (values
    (0, 'ecom.web', 'order.captured', 0), (1, 'erp.main', 'order.created', 4), (2, 'erp.main', 'order.allocated', 6),
    (3, 'erp.main', 'order.released', 8), (4, 'mw.bus', 'fulfillment.requested', 9),
    (5, 'crm.main', 'crm.order_status_updated', 15), (6, '3pl.west', 'fulfillment.acknowledged', 75),
    (7, '3pl.west', 'pick.confirmed', 240), (8, '3pl.west', 'package.packed', 260),
    (9, '3pl.west', 'shipment.label_created', 265), (10, '3pl.west', 'shipment.dispatched', 420),
    (11, 'crm.main', 'crm.order_status_updated', 425), (12, 'erp.main', 'shipment.posted', 440),
    (13, 'carrier.ups', 'shipment.picked_up', 600), (14, 'carrier.ups', 'shipment.in_transit', 1500),
    (15, 'erp.main', 'invoice.posted', 1600), (16, 'carrier.ups', 'shipment.out_for_delivery', 2800),
    (17, 'carrier.ups', 'shipment.delivered', 3000), (18, 'crm.main', 'crm.order_status_updated', 3005),
    (19, 'erp.main', 'order.closed', 4400)
) t(step, source, type, minute);
insert into event by name
with said as (
    select n, p.*, timestamp '2026-01-05' + to_minutes(case when n % 50 = 0 and type like 'crm.%' then 60 else 0 end) + to_microseconds((n * (90 * 86400000000 // $total)) + minute::bigint * 60000000) as happened
    from range($first::bigint, $first::bigint + $orders::bigint) o(n), plot p
)
select row_number() over (order by happened, n, step) + (select coalesce(max(seq), 0) from event) as seq,
    hash(n * 32 + step, 'bench') as event_id, hash(n * 32 + step) as content, 0 as raw_id, step as item, source,
    n || '/' || step as native_id, type, happened as occurred_at, happened + interval 20 seconds as received_at, false as received_given, 'explicit' as tz_basis,
    case when step = 0 then ['ch:ecom.web:W' || n, 'cpo:C-' || (n % 997) || ':PO' || n]
        when step = 1 then ['ch:ecom.web:W' || n, 'so:erp:' || n]
        when step = 3 then ['fo:3pl.west:F' || n, 'so:erp:' || n]
        when step in (4, 6, 7) then ['fo:3pl.west:F' || n]
        when step = 8 then ['fo:3pl.west:F' || n, 'sscc::' || (100000000000000000 + n)]
        when step = 9 then ['fo:3pl.west:F' || n, 'tr:ups:1Z' || n]
        when step = 10 then ['fo:3pl.west:F' || n, 'sh:3pl.west:S' || n, 'tr:ups:1Z' || n]
        when step = 12 then ['sh:3pl.west:S' || n, 'so:erp:' || n]
        when step in (13, 14, 16, 17) then ['tr:ups:1Z' || n]
        when step = 15 then ['inv:erp:I' || n, 'sh:3pl.west:S' || n, 'so:erp:' || n]
        else ['so:erp:' || n] end as keys,
    case when step = 1 then 1 end as revision,
    case when step in (0, 1, 2, 3, 10, 12, 15) then [
        {line: '1', sku: 'A-' || (n % 500), qty: '10', uom: 'EA', price: '4.10'},
        {line: '2', sku: 'B-' || (n % 300), qty: '3', uom: 'EA', price: '9.00'}] end as lines,
    case when step in (3, 4, 6, 7, 8, 9, 10) then '3pl.west' end as partner,
    case when step in (9, 10, 13, 14, 16, 17) then 'ups' end as carrier,
    case when step in (0, 1) then 'C-' || (n % 997) end as customer,
    case when step = 1 then '68.00' end as amount, case when step = 1 then 'EUR' end as currency,
    case when step in (0, 1) then happened + interval 3 days end as promised_at,
    case step when 5 then 'released' when 11 then 'shipped' when 18 then 'delivered' end as status
from said order by happened, n, step
