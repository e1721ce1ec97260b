-- Shipments on their way of which the carrier has said nothing since its last scan.
insert into broken by name
select s.order_no, 'shipment_silent' as fact, coalesce(s.carrier, 'carrier') as cause, s.key as subject,
    strftime(s.last_scan_at, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, s.last_scan_at as since, concat('carrier.', s.carrier) as partner
from folded_shipment s join folded_orders o on s.order_no = o.order_no
where s.last_scan_at is not null and s.delivered_at is null and s.returned_at is null and s.voided_at is null and o.stage_rank between 0 and 11
