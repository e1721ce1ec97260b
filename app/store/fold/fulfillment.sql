-- Fulfillment orders: one release to one node. The revision in force there is the last one it acknowledged before it
-- picked; nodes rarely say which they shipped, then the content tells it where revisions differ.
-- needs event_leg
create or replace temp table folded_fulfillment_line as
with shorted as (
    select order_no, leg, line, sum(qty) as qty from (
        select s.order_no, e.fo as leg, s.line, s.qty from step_line s join event_leg e on s.act_no = e.act_no
        where s.type = 'pick.shorted' and s.explicit
    ) group by all
),
cancelled as (
    select order_no, leg, line, sum(qty) as qty from (
        select s.order_no, f.fo as leg, coalesce(l.line, '') as line, try_cast(l.qty as decimal(18, 6)) as qty
        from (select act_no, order_no, unnest(lines) as l from act where type = 'fulfillment.cancelled') s
        join event_leg f on s.act_no = f.act_no
    ) group by all
)
select o.order_no, o.leg as key, o.line,
    coalesce(max(o.qty) filter (where measure = 'released'), 0) as released,
    coalesce(max(o.qty) filter (where measure = 'acknowledged'), 0) as acknowledged,
    coalesce(max(o.qty) filter (where measure = 'picked'), 0) as picked,
    coalesce(max(o.qty) filter (where measure = 'shipped'), 0) as shipped,
    coalesce(max(s.qty), 0) as shorted, coalesce(max(c.qty), 0) as cancelled
from (select order_no, leg, line, measure, sum(qty) as qty from once where leg <> '' and measure <> '' group by all) o
left join shorted s on o.order_no = s.order_no and o.leg = s.leg and o.line = s.line
left join cancelled c on o.order_no = c.order_no and o.leg = c.leg and o.line = c.line
where o.measure in ('released', 'acknowledged', 'picked', 'shipped')
group by o.order_no, o.leg, o.line;

-- needs event_leg
create or replace temp table folded_fulfillment as
with said as (
    select l.fo as key, a.* from act a join event_leg l on a.act_no = l.act_no
    where split_part(a.type, '.', 1) in ('fulfillment', 'wave', 'pick', 'package', 'shipment') or a.type = 'order.released'
),
seen as (
    select order_no, key,
        arg_max(partner, moment) filter (where role not in ('carrier', 'sup')) as partner,
        arg_max(location, moment) filter (where role not in ('carrier', 'sup')) as location,
        max(stage_rank) filter (where stage_rank between 5 and 12) as reached,
        arg_max(reason, moment) filter (where type in ('fulfillment.rejected', 'fulfillment.held', 'fulfillment.cancelled', 'fulfillment.cancel_rejected', 'pick.shorted')) as reason,
        arg_max(revision, moment) filter (where type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested')) as revision_sent,
        min(occurred_at) filter (where type = 'order.released') as released_at,
        min(occurred_at) filter (where type = 'fulfillment.requested') as requested_at,
        max(occurred_at) filter (where type = 'fulfillment.acknowledged') as acknowledged_at,
        max(occurred_at) filter (where type = 'fulfillment.rejected') as rejected_at,
        max(occurred_at) filter (where type = 'fulfillment.held') as held_at,
        min(occurred_at) filter (where type = 'fulfillment.cancel_requested') as cancel_requested_at,
        min(occurred_at) filter (where type = 'fulfillment.cancelled') as cancelled_at,
        max(occurred_at) filter (where type = 'fulfillment.cancel_rejected') as cancel_rejected_at,
        min(occurred_at) filter (where type in ('pick.confirmed', 'pick.shorted')) as picked_at,
        min(occurred_at) filter (where type = 'package.packed') as packed_at,
        min(occurred_at) filter (where type = 'shipment.dispatched') as dispatched_at,
        min(occurred_at) filter (where type = 'shipment.delivered') as delivered_at,
        arg_max(coalesce(promised_at, try_cast(attrs ->> '$.expected_at' as timestamp)), moment)
            filter (where type = 'fulfillment.acknowledged') as expected_at,
        max(revision_said) filter (where type = 'shipment.dispatched') as revision_said,
        max(occurred_at) as last_at
    from said group by order_no, key
),
asked as (
    select l.order_no, l.fo as key, a.type, a.moment, a.occurred_at, a.revision, a.revision_said
    from act a join event_leg l on a.act_no = l.act_no
    where a.type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested', 'fulfillment.acknowledged')
),
-- What the node took on: the revision that its acknowledgement names, else the newest one sent to it before that.
taken as (
    select k.order_no, k.key, max(coalesce(k.revision_said, s.revision)) as revision
    from asked k
    join seen f on k.order_no = f.order_no and k.key = f.key
    left join asked s on k.revision_said is null and k.order_no = s.order_no and k.key = s.key and s.moment <= k.moment
        and s.type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested')
    where k.type = 'fulfillment.acknowledged'
        and (coalesce(f.picked_at, f.dispatched_at) is null or k.occurred_at <= coalesce(f.picked_at, f.dispatched_at))
    group by k.order_no, k.key
),
sent_before as (
    select s.order_no, s.key, max(s.revision) as revision from asked s join seen f on s.order_no = f.order_no and s.key = f.key
    where s.type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested')
        and (coalesce(f.picked_at, f.dispatched_at) is null or s.occurred_at <= coalesce(f.picked_at, f.dispatched_at))
    group by s.order_no, s.key
),
-- The content of each revision of orders that have several, and of each that a leg was asked for, and which of them a shipment
-- equals.
revised as (
    select order_no, line, qty, revision, version from ordering
    where not captured and order_no in (select order_no from ordering where not captured group by order_no having count(distinct revision) > 1)
),
content as (
    select r.order_no, r.revision, v.line, arg_max(v.qty, v.version) as qty
    from (select distinct order_no, revision from revised) r join revised v on r.order_no = v.order_no and v.revision <= r.revision
    group by all
),
again as (select order_no, leg from leg_asked group by all having count(distinct revision) > 1),
asked_content as (
    select r.order_no, r.leg as key, r.revision, a.line, arg_max(a.qty, row(a.revision, a.moment)) as qty
    from (select distinct order_no, leg, revision from leg_asked semi join again using (order_no, leg)) r
    join leg_asked a on r.order_no = a.order_no and r.leg = a.leg and a.revision <= r.revision group by all
),
shipped as (
    select order_no, key, line, shipped as qty from folded_fulfillment_line
    where shipped > 0 and (order_no in (select order_no from revised) or order_no in (select order_no from again))
),
sole as (select order_no from folded_fulfillment_line group by order_no having count(distinct key) = 1),
equal as (
    select k.order_no, k.key, c.revision
    from (select distinct order_no, key from shipped semi join sole using (order_no)) k
    join content c on k.order_no = c.order_no
    left join shipped s on k.order_no = s.order_no and k.key = s.key and c.line = s.line
    group by all having bool_and(coalesce(s.qty, 0) = c.qty)
    union all
    select c.order_no, c.key, c.revision from asked_content c join (select distinct order_no, key from shipped) k on c.order_no = k.order_no and c.key = k.key
    left join shipped s on c.order_no = s.order_no and c.key = s.key and c.line = s.line
    group by all having bool_and(coalesce(s.qty, 0) = c.qty)
)
select s.order_no, s.key, s.partner, s.location,
    case when s.cancelled_at is not null and s.dispatched_at is null then 'cancelled'
        when s.rejected_at is not null and s.rejected_at >= coalesce(s.acknowledged_at, s.rejected_at) and s.dispatched_at is null then 'rejected'
        else g.stage end as stage,
    s.reached as stage_rank, s.reason, s.revision_sent,
    coalesce(t.revision, b.revision) as revision_effective,
    case when t.revision is not null then 'acknowledged' when b.revision is not null then 'sent' end as revision_basis,
    coalesce(s.revision_said, e.revision) as revision_shipped,
    case when s.revision_said is not null then 1.0 when e.revision is not null then 0.8 end as revision_confidence,
    s.released_at, s.requested_at, s.acknowledged_at, s.rejected_at, s.held_at, s.cancel_requested_at, s.cancelled_at,
    s.cancel_rejected_at, s.picked_at, s.packed_at, s.dispatched_at, s.delivered_at, s.expected_at, s.last_at
from seen s
left join stage g on s.reached = g.rank
left join taken t on s.order_no = t.order_no and s.key = t.key
left join sent_before b on s.order_no = b.order_no and s.key = b.key
left join (select order_no, key, max(revision) as revision from equal group by all) e on s.order_no = e.order_no and s.key = e.key
