-- Which fulfillment order and which shipment each event concerns: the one it names, else the one that a key of it is
-- named beside (at most two hops: parcel, shipment, fulfillment order; an acknowledgement by the number of its message), else the only one that the order has.
-- A delivery that is told without its node, as invoices do, is the only fulfillment order with that number.
-- needs fo:
create or replace temp table billed_leg as
select act_no from named where kind = 'fo' and act_no in (select act_no from trail where type like 'invoice.%');
-- needs billed_leg
update named n set key = o.key from (
    select order_no, split_part(key, ':', 3) as number, min(key) as key from named semi join (
        select act_no from trail where type = 'order.released' or type like 'fulfillment.%' or type like 'shipment.%'
    ) using (act_no)
    where kind = 'fo' group by all having min(key) = max(key)
) o
where n.kind = 'fo' and n.order_no = o.order_no and split_part(n.key, ':', 3) = o.number and n.key <> o.key
    and n.act_no in (select act_no from billed_leg);

-- needs fo: or sh:
create or replace temp table tie as
with near as (
    select distinct a.order_no, a.key, b.key as other, b.kind as other_kind
    from named a join named b on a.act_no = b.act_no and a.key <> b.key
    where a.kind in ('xo', 'sh', 'tr', 'pk', 'pro', 'sscc', 'msg') and b.kind in ('fo', 'sh')
),
far as (
    select distinct n.order_no, n.key, f.other, f.other_kind
    from near n join near f on n.order_no = f.order_no and n.other = f.key
    where n.other_kind = 'sh' and f.other_kind = 'fo'
        and not exists (select 1 from near d where d.order_no = n.order_no and d.key = n.key and d.other_kind = 'fo')
)
select order_no, key, other as fo, null as sh from near where other_kind = 'fo'
union all select order_no, key, other, null from far
union all select order_no, key, null, other from near where other_kind = 'sh';

-- needs fo:
create or replace temp table event_leg as
with own as (
    select distinct order_no, act_no, key as fo from named where kind = 'fo'
),
led as (
    select distinct n.order_no, n.act_no, t.fo from named n join tie t on n.order_no = t.order_no and n.key = t.key
    where t.fo is not null and n.act_no not in (select act_no from own)
),
found as (from own union all from led),
only_one as (
    select order_no, min(fo) as fo from own group by order_no having count(distinct fo) = 1
)
from found
union all
select t.order_no, t.act_no, o.fo from trail t join only_one o on t.order_no = o.order_no
anti join found f on t.act_no = f.act_no
where split_part(t.type, '.', 1) in ('fulfillment', 'wave', 'pick', 'package', 'shipment');

-- A node answers what it was asked: a refusal that its clock puts before all asking of the leg counts right after the first.
-- needs event_leg, fulfillment.rejected or fulfillment.cancelled
create or replace temp table early_refusal as
with asked as (
    select a.order_no, l.fo, a.type, min(a.moment) as moment, min(a.occurred_at) as occurred_at
    from act a join event_leg l on a.act_no = l.act_no
    where a.type in ('order.released', 'fulfillment.requested') group by all
),
first as (
    select order_no, fo, min(moment) as earliest, max(moment) as latest, max(occurred_at) as asked_at from asked group by all
)
select a.act_no, l.fo, f.latest + 1 as moment, f.asked_at from act a join event_leg l on a.act_no = l.act_no
join first f on l.order_no = f.order_no and l.fo = f.fo
where a.type in ('fulfillment.rejected', 'fulfillment.cancelled') and a.moment < f.earliest;

-- A shipment without a number of its own is called by its parcels.
-- needs sh: or tr: or pro: or pk: or sscc:
create or replace temp table event_shipment as
with own as (
    select distinct order_no, act_no, key as sh from named where kind = 'sh'
),
led as (
    select distinct n.order_no, n.act_no, t.sh from named n join tie t on n.order_no = t.order_no and n.key = t.key
    where t.sh is not null and n.act_no not in (select act_no from own)
),
found as (from own union all from led)
from found
union all
select n.order_no, n.act_no, n.key from named n anti join found f on n.act_no = f.act_no
where n.kind in ('tr', 'pro', 'pk', 'sscc');

-- The first of each, for documents and labels.
-- needs event_leg or event_shipment
create or replace temp table about as
select act_no, min(fo) as fo, min(sh) as sh from (
    select act_no, fo, null as sh from event_leg union all select act_no, null, sh from event_shipment
) group by act_no
