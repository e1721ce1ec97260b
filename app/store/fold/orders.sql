-- One row per order: who, what, where it stands.
create or replace temp table folded_orders as
with fact as (
    select order_no,
        arg_max(customer, moment) as customer, arg_max(tier, moment) as tier, arg_max(channel, moment) as channel,
        arg_max(entity, moment) as entity, arg_max(location, moment) as location,
        arg_max(partner, moment) filter (where role not in ('carrier', 'sup') and type not like 'message.%') as partner,
        arg_max(carrier, moment) as carrier,
        arg_max(attrs ->> '$.sold_to', moment) filter (where attrs ->> '$.sold_to' is not null) as sold_to,
        arg_max(attrs ->> '$.bill_to', moment) filter (where attrs ->> '$.bill_to' is not null) as bill_to,
        arg_max(attrs ->> '$.ship_to', version) filter (where attrs ->> '$.ship_to' is not null and role in ('erp', 'erp_legacy', 'ecom')) as ship_to,
        arg_max(attrs ->> '$.kind', moment) filter (where attrs ->> '$.kind' in ('standard', 'drop_ship', 'will_call', 'bill_and_hold')) as kind,
        max(try_cast(attrs ->> '$.requested_at' as timestamp)) as requested_at,
        arg_min(promised_at, moment) filter (where promised_at is not null and type in ('order.created', 'order.acknowledged', 'order.promise_changed')) as first_promised_at,
        coalesce(arg_max(try_cast(amount as decimal(18, 6)), version) filter (where type in ('order.created', 'order.changed')),
            arg_max(try_cast(amount as decimal(18, 6)), version) filter (where type = 'order.captured')) as value,
        coalesce(arg_max(currency, version) filter (where type in ('order.created', 'order.changed')),
            arg_max(currency, version) filter (where type = 'order.captured')) as currency,
        max(revision) filter (where type in ('order.created', 'order.changed')) as revision,
        arg_max(promised_at, moment) filter (where promised_at is not null and type in ('order.captured', 'order.created', 'order.acknowledged',
            'order.changed', 'order.promise_changed')) as promised_at,
        bool_or(type = 'order.rejected') as rejected, bool_or(type = 'order.created') as created,
        bool_or(type = 'order.captured') as captured, bool_or(type = 'order.closed') as closed,
        bool_or(type = 'payment.applied') as paid, bool_or(type = 'credit.issued') as credited,
        bool_or(type = 'return.posted') as return_posted, bool_or(type = 'return.received') as return_received,
        bool_or(type = 'return.authorized') as return_authorized,
        min(occurred_at) filter (where type = 'shipment.delivered') as delivered_at
    from act group by order_no
),
seen as (
    select order_no, min(occurred_at) as first_at, max(occurred_at) as last_at, max(arrived_at) as arrived_at,
        count(*) as events, count(distinct trace_id) as traces
    from trail group by order_no
),
lines as (
    select order_no, min(stage_rank) filter (where stage_rank >= 0) as lowest, max(stage_rank) as highest,
        count(distinct stage_rank) filter (where stage_rank >= 0) > 1
            or bool_or(stage_rank between 0 and 9 and shipped > 0) as partly,
        sum(open_qty * try_cast(price as decimal(18, 6))) as open_value, sum(greatest(open_qty, 0)) / nullif(sum(ordered), 0) as open_share,
        sum(ordered * try_cast(price as decimal(18, 6))) as listed, min(family) as family,
        sum(invoiced) as invoiced, sum(least(invoiced, ordered - cancelled)) >= sum(ordered - cancelled) as all_invoiced
    from folded_line group by order_no
),
held as (select distinct order_no from folded_hold where ended_at is null and family = 'order'),
ranked as (
    select a.order_no, a.text, a.so, f.*, s.*, l.partly, l.invoiced, l.all_invoiced, l.listed, l.open_value as open_listed, l.open_share, l.family,
        case
            when f.closed then 13
            when l.highest = -1 then -1
            when f.rejected and not f.created then -2
            when l.lowest < 5 and h.order_no is not null then 2
            when l.lowest = 0 and (f.created or not f.captured) then 1
            else l.lowest
        end as rank
    from anchor a join seen s using (order_no) left join fact f using (order_no) left join lines l using (order_no)
    left join held h using (order_no)
)
select r.order_no, 'ord_' || left(md5(text), 16) as order_id, split_part(so, ':', 3) as so, customer, coalesce(sold_to, customer) as sold_to,
    bill_to, ship_to, c.parent as parent_customer, coalesce(r.tier, c.tier) as tier, channel, entity,
    coalesce(r.kind, case when d.order_no is not null then 'drop_ship' else 'standard' end) as kind,
    partner, carrier, r.location, p.region, r.family, coalesce(value, listed) as value,
    case when listed > 0 and value is not null then value * greatest(open_listed, 0) / listed
        when value is not null then value * open_share else greatest(open_listed, 0) end as open_value,
    currency, coalesce(g.stage, 'captured') as stage, coalesce(r.rank, 0) as stage_rank, coalesce(partly, false) as partly,
    case when credited then 'credited' when paid then 'paid' when coalesce(invoiced, 0) = 0 then 'none'
        when all_invoiced then 'invoiced' else 'part' end as billing,
    case when return_posted and credited then 'credited' when return_posted then 'posted'
        when return_received then 'received' when return_authorized then 'authorised' else 'none' end as return_state,
    coalesce(revision, 1) as revision, promised_at, first_promised_at, requested_at, first_at, last_at,
    coalesce(e.stage_at, first_at) as stage_at, delivered_at, arrived_at, events, traces
from ranked r left join stage g on r.rank = g.rank
left join drop_ship d on r.order_no = d.order_no
left join (select key, parent, tier from master where kind = 'customer') c on r.customer = c.key
left join (select key, region from master where kind = 'location') p on r.location = p.key
left join (select order_no, stage, max(occurred_at) as stage_at from act group by all) e on r.order_no = e.order_no and g.stage = e.stage
