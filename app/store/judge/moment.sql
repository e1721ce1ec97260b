-- What rules read (what a carrier calls by a PRO number is freight): `step` are the owned events that some rule reads, `subject` numbers what a clock may run for,
-- `concern` says which step concerns which subject, `label` what a step may be labelled with that starts a clock. Where an
-- order has but one fulfillment order, shipment, invoice or return, all its steps concern it, and where it has none, the
-- order stands for it. Purchase orders live apart from orders (judge/purchase).
--
-- What a node says to have done before anybody could have asked for it, by more than clocks may differ, where a whole number of
-- hours more would put it right: clocks take the moment at which it came.
create or replace temp table eager_leg as
select order_no, key, partner, least(released_at, requested_at) as asked_at from folded_fulfillment
where least(acknowledged_at, rejected_at, cancelled_at, picked_at, packed_at, dispatched_at) < least(released_at, requested_at) - interval 5 minute;
-- needs eager_leg
create or replace temp table too_early as
select a.order_no, a.act_no, l.fo, a.source, f.partner, a.occurred_at, a.arrived_at from act a
join event_leg l on a.act_no = l.act_no join eager_leg f on l.order_no = f.order_no and l.fo = f.key
where a.role in ('3pl', 'wms') and split_part(a.type, '.', 1) in ('fulfillment', 'wave', 'pick', 'package', 'shipment')
    and a.occurred_at < f.asked_at - interval 5 minute
    and a.arrived_at >= a.occurred_at + to_hours(ceil(epoch(f.asked_at - a.occurred_at) / 3600)::bigint);

-- A step goes by its number in `trail`, where what labels need of it stands.
create or replace temp table step as
select t.act_no as step, t.order_no, t.type, coalesce(y.arrived_at, t.occurred_at) as occurred_at, t.source_rank,
    t.event_id, t.arrived_at, t.promised_at, t.revision, t.hold_id,
    case when t.holds is null then null when t.type like 'order.credit_%' then 'credit'
        when t.type = 'fulfillment.held' then coalesce(t.hold_kind, 'warehouse')
        when t.type = 'order.hold_placed' then coalesce(t.hold_kind, 'other') else coalesce(t.hold_kind, '') end as hold,
    regexp_replace(n.key, d.prefix, '') as message,
    case when t.type = 'crm.order_status_updated' and t.role = 'crm' then w.stage_rank else t.stage_rank
    end as stage_rank, t.holds
from act t join folded_orders o on t.order_no = o.order_no
left join crm_word w on case when t.role = 'crm' then lower(t.status) end = w.word
left join document_kind d on t.type = d.type
left join (select act_no, kind, min(key) as key from named where kind in (select kind from document_kind) group by all) n
    on t.act_no = n.act_no and d.kind = n.kind
left join (select distinct act_no, arrived_at from too_early) y on t.act_no = y.act_no
where t.type in (select type from rule_type)
    and (t.type <> 'order.cancelled' or coalesce(len(t.lines), 0) = 0 or o.stage_rank = -1);

create or replace temp table subject as
with part as (
    select n.order_no, n.kind as over, min(n.key) as key, max(n.key) as last
    from named n semi join (select distinct over from rule_type where over <> 'po') r on n.kind = r.over
    where n.owned group by n.order_no, n.kind
),
every as (
    select 'order' as over, 'order' as subject_type, order_id as key, order_no, false as many from folded_orders
    union all
    select over, over, key, p.order_no, false from part p semi join folded_orders o on p.order_no = o.order_no
    where key = last
    union all
    select distinct n.kind, n.kind, n.key, n.order_no, true
    from named n join part p on n.order_no = p.order_no and n.kind = p.over
    semi join folded_orders o on n.order_no = o.order_no
    where p.key <> p.last and n.owned
    union all
    select r.over, 'order', o.order_id, o.order_no, false
    from folded_orders o cross join (select distinct over from rule_type where over in ('fo', 'sh', 'inv', 'rma')) r
    anti join part p on o.order_no = p.order_no and r.over = p.over
    union all
    select distinct 'hold', 'hold', concat_ws(':', 'hold', o.order_id, h.kind, nullif(h.hold_id, '')), h.order_no, true
    from folded_hold h join folded_orders o on h.order_no = o.order_no where 'hold' in (select over from rule_type)
)
select (row_number() over () - 1)::uinteger as number, e.over, e.subject_type, e.key, e.order_no, e.many,
    case when e.subject_type = e.over then 0 else 1 end::usmallint as apart
from every e;

-- The delivery with which all of an order was there: the first of the shipment that came last.
create or replace temp table whole as
with door as (
    select t.order_no, e.sh, arg_min(t.step, row(t.occurred_at, t.source_rank, t.event_id)) as step,
        min(row(t.occurred_at, t.source_rank, t.event_id)) as place
    from step t left join event_shipment e on t.step = e.act_no and t.order_no = e.order_no
    where t.type = 'shipment.delivered' group by t.order_no, e.sh
)
select d.order_no, arg_max(step, place) as step
from door d join folded_orders o on d.order_no = o.order_no where o.stage_rank >= (select rank from stage where stage = 'delivered')
group by d.order_no;

create or replace temp table concern as
with read as (
    select t.step, t.order_no, r.over, r.what from step t join rule_type r on t.type = r.type
),
-- Of several, those that the event names or is tied to, else all.
led as (
    select order_no, act_no as step, 'fo' as over, fo as key from event_leg
    union all select order_no, act_no, 'sh', sh from event_shipment where starts_with(sh, 'sh:')
    union all select order_no, act_no, kind, key from named where kind in ('inv', 'rma')
    union all
    -- What places a hold concerns it, and a release those that fit; whatever else is told concerns all holds.
    select s.order_no, s.step, 'hold', concat_ws(':', 'hold', o.order_id, h.kind, nullif(h.hold_id, ''))
    from step s join folded_orders o on s.order_no = o.order_no
    join folded_hold h on s.order_no = h.order_no and h.family = case when s.type like 'fulfillment.%' then 'node' else 'order' end
        and case when s.holds then coalesce(s.hold_id, '') = h.hold_id and s.hold = h.kind
            else (coalesce(s.hold_id, '') = '' or h.hold_id = '' or s.hold_id = h.hold_id) and s.hold in ('', h.kind) end
    where s.holds is not null
),
told as (
    select l.step, s.over, s.number from led l
    join (from subject where many) s on l.order_no = s.order_no and l.over = s.over and l.key = s.key
)
select s.number as subject, (r.what + s.apart)::usmallint as what, r.step
from read r join subject s on r.order_no = s.order_no and r.over = s.over where not s.many
union all
-- As a whole an order is there but once.
select s.number, (r.what + 1)::usmallint, r.step
from read r join whole w on r.step = w.step join subject s on r.order_no = s.order_no and r.over = s.over
where r.over = 'order' and s.over = 'order'
union all
select t.number, r.what, r.step from read r join told t on r.step = t.step and r.over = t.over
union all
select s.number, r.what, r.step from read r join subject s on r.order_no = s.order_no and r.over = s.over
anti join told t on r.step = t.step and r.over = t.over
where s.many;

create or replace temp view label_of_order as
select s.step, coalesce(t.partner, case when t.role in ('3pl', 'wms') then t.source end, o.partner) as partner, coalesce(t.carrier, o.carrier) as carrier,
    coalesce(t.location, o.location) as node, t.attrs ->> '$.document' as document,
    coalesce(t.attrs ->> '$.mode', case when t.role = 'carrier' and p.act_no is not null then 'ltl' end) as mode,
    coalesce(t.tier, o.tier) as tier, coalesce(t.channel, o.channel) as channel, coalesce(t.entity, o.entity) as entity,
    coalesce(t.customer, o.customer) as customer, o.kind, o.value::double as value, s.hold, t.source
from step s join trail t on s.step = t.act_no join folded_orders o on s.order_no = o.order_no
left join (select distinct act_no from named where kind = 'pro') p on s.step = p.act_no
where s.type in (select type from rule_start);
create or replace temp view label as from label_of_order
