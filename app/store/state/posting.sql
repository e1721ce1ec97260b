-- A shipment that is not booked, from when it was known.
create or replace temp table arrival as
select a.order_no, coalesce(s.sh, '') as sh, a.type, min(a.arrived_at) as first_at, max(a.arrived_at) as last_at,
    min(a.occurred_at) as occurred_at, min(a.source) as source
from act a left join event_shipment s on a.order_no = s.order_no and a.seq = s.seq
where a.type in ('shipment.dispatched', 'shipment.posted') group by all;

insert into broken by name
select d.order_no, 'shipment_unposted' as fact, 'not_posted' as cause, d.sh as subject, d.sh as occurrence, d.first_at as since, s.partner
from arrival d join folded_orders o on d.order_no = o.order_no left join folded_shipment s on d.order_no = s.order_no and d.sh = s.key
where d.type = 'shipment.dispatched' and s.voided_at is null and o.kind <> 'drop_ship' and o.stage_rank > -1
    and case when d.sh = '' then d.order_no not in (select order_no from arrival where type = 'shipment.posted')
        else s.posted_at is null and d.order_no not in (select order_no from arrival where type = 'shipment.posted' and sh = '') end
