-- Shipments and the parcels in them.
-- needs event_shipment
create or replace temp table folded_shipment as
with said as (
    select s.sh as key, l.fo, a.* from act a
    join event_shipment s on a.act_no = s.act_no
    left join about l on a.act_no = l.act_no
    where a.type like 'shipment.%' or a.type in ('asn.sent', 'load.tendered', 'load.accepted', 'appointment.set')
)
select order_no, key, min(fo) as fulfillment,
    arg_max(partner, moment) filter (where role not in ('carrier', 'sup')) as partner,
    arg_max(carrier, moment) as carrier, arg_max(location, moment) filter (where role in ('3pl', 'wms')) as location,
    case when arg_max(type, moment) filter (where type in ('shipment.voided', 'shipment.dispatched')) = 'shipment.voided'
        then 'voided' else split_part(arg_max(type, moment), '.', 2) end as status,
    max(revision_said) filter (where type = 'shipment.dispatched') as revision,
    min(occurred_at) filter (where type = 'shipment.dispatched') as dispatched_at,
    min(occurred_at) filter (where type = 'shipment.posted') as posted_at,
    min(occurred_at) filter (where type in ('shipment.picked_up', 'shipment.in_transit')) as picked_up_at,
    max(occurred_at) filter (where role = 'carrier') as last_scan_at,
    arg_max(coalesce(promised_at, try_cast(attrs ->> '$.eta' as timestamp)), moment) filter (where type = 'shipment.eta_changed' or attrs ->> '$.eta' is not null) as eta_at,
    case when arg_max(type, moment) filter (where type = 'shipment.exception' or stage in ('in_transit', 'delivered') or type = 'shipment.returned_to_sender')
        = 'shipment.exception' then coalesce(arg_max(coalesce(reason, status), moment) filter (where type = 'shipment.exception'), 'unknown') end as exception,
    max(occurred_at) filter (where type = 'shipment.exception') as exception_at,
    min(occurred_at) filter (where type = 'shipment.delivered') as delivered_at,
    max(occurred_at) filter (where type = 'shipment.returned_to_sender') as returned_at,
    case when arg_max(type, moment) filter (where type in ('shipment.voided', 'shipment.dispatched')) = 'shipment.voided'
        then max(occurred_at) filter (where type = 'shipment.voided') end as voided_at,
    max(occurred_at) as last_at
from said group by order_no, key;

-- needs tr: or pk: or sscc: or pro:
create or replace temp table folded_package as
select n.order_no, n.key, n.kind, min(b.sh) as shipment, min(b.fo) as fulfillment, arg_max(a.carrier, a.moment) as carrier,
    split_part(arg_max(a.type, a.moment), '.', 2) as status, min(a.occurred_at) as first_at, max(a.occurred_at) as last_at,
    min(a.occurred_at) filter (where a.type = 'shipment.delivered') as delivered_at
from named n
join act a on n.act_no = a.act_no
left join about b on n.act_no = b.act_no
where n.kind in ('tr', 'pk', 'sscc', 'pro')
group by n.order_no, n.key, n.kind
