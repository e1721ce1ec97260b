-- What each follower shows of an order that is not closed, beside what is true.
create or replace temp table shown as
select v.order_no, v.system, split_part(v.system, '.', 1) as role, v.stage, v.stage_rank, r.rung, v.held, v.cancelled, v.promised_at,
    v.ship_to, v.revision, v.shipped, v.said_at, v.said_arrived_at, o.stage as true_stage, o.stage_rank as true_rank, t.rung as true_rung,
    o.promised_at as true_promise, o.ship_to as true_ship_to, o.revision as true_revision
from folded_view v join folded_orders o on v.order_no = o.order_no
left join rung r on split_part(v.system, '.', 1) = r.role and v.stage_rank = r.rank
left join rung t on split_part(v.system, '.', 1) = t.role and o.stage_rank = t.rank
where split_part(v.system, '.', 1) in (select case when view = 'erp' then truth else view end from compared) and o.stage_rank between -1 and 12
    and (split_part(v.system, '.', 1) <> 'ecom' or v.stage_rank <> 0);


-- Nodes that are at work on the order.
create or replace temp table working as
select order_no, partner, max(stage_rank) as stage_rank, bool_or(picked_at is not null) as picked from folded_fulfillment
where stage is not null and stage not in ('rejected', 'cancelled') and dispatched_at is null group by all
