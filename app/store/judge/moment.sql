-- What rules read: `subject` numbers what a clock may run for, `step` the owned events that some rule reads, `concern`
-- says which step concerns which subject. Where an order has but one fulfillment order or shipment, all its steps
-- concern it, and where it has none, the order stands for it.
create or replace temp table subject as
with part as (
    select n.order_no, n.kind as over, min(n.key) as key, max(n.key) as last
    from named n semi join (select distinct over from rule_type) r on n.kind = r.over
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
    from folded_orders o cross join (select distinct over from rule_type where over in ('fo', 'sh')) r
    anti join part p on o.order_no = p.order_no and r.over = p.over
)
select (row_number() over () - 1)::uinteger as number, e.over, e.subject_type, e.key, e.order_no, e.many,
    case when e.subject_type = e.over then 0 else 1 end::usmallint as apart
from every e;

create or replace temp table step as
select (row_number() over () - 1)::uinteger as step, t.order_no, t.seq, t.type, t.occurred_at, t.source_rank,
    t.event_id, t.arrived_at, t.promised_at, t.hold_id,
    case when t.type = 'crm.order_status_updated' and t.role = 'crm' then w.stage_rank else t.stage_rank
    end as stage_rank, t.source, t.partner, t.tier, t.channel, t.entity, t.customer
from act t join folded_orders o on t.order_no = o.order_no
left join crm_word w on case when t.role = 'crm' then lower(t.status) end = w.word
-- A cancelled line ends no clock of its order; it does when it was the last one.
where t.type in (select type from rule_type)
    and (t.type <> 'order.cancelled' or coalesce(len(t.lines), 0) = 0 or o.stage_rank = -1);

create or replace temp table concern as
with read as (
    select t.step, t.order_no, t.seq, r.over, r.what from step t join rule_type r on t.type = r.type
),
-- Of several, those that the event names or is tied to, else all.
led as (
    select order_no, seq, 'fo' as over, fo as key from event_leg
    union all select order_no, seq, 'sh', sh from event_shipment where starts_with(sh, 'sh:')
),
told as (
    select l.order_no, l.seq, s.over, s.number from led l
    join (from subject where many) s on l.order_no = s.order_no and l.over = s.over and l.key = s.key
)
select s.number as subject, (r.what + s.apart)::usmallint as what, r.step
from read r join subject s on r.order_no = s.order_no and r.over = s.over where not s.many
union all
select t.number, r.what, r.step from read r join told t on r.order_no = t.order_no and r.seq = t.seq and r.over = t.over
union all
select s.number, r.what, r.step from read r join subject s on r.order_no = s.order_no and r.over = s.over
anti join told t on r.order_no = t.order_no and r.seq = t.seq and r.over = t.over
where s.many
