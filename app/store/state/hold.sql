-- Holds block while they are open; one at the node conflicts with the release, unless the ERP holds the order as well.
insert into reason by name
select h.order_no, case when h.family = 'node' then 'node_hold' when h.kind in ('manual', 'manual_review', 'review') then 'manual_review'
        when h.kind in ('data', 'data_invalid') then 'data_invalid' else 'hold:' || h.kind end as cause,
    h.started_at as since, h.system, h.owner, h.hold_id as detail
from folded_hold h join folded_orders o on h.order_no = o.order_no where h.ended_at is null and o.stage_rank between 0 and 11;

insert into broken by name
select h.order_no, 'hold_conflict' as fact, 'held_by_' || split_part(h.system, '.', 1) as cause, '' as subject,
    concat(h.hold_id, '@', strftime(h.started_at, '%Y-%m-%dT%H:%M:%S.%f')) as occurrence, greatest(h.started_at, r.since) as since, h.system as partner
from folded_hold h join folded_orders o on h.order_no = o.order_no
join (select order_no, min(coalesce(released_at, requested_at)) as since from folded_fulfillment group by order_no) r on h.order_no = r.order_no
anti join (select order_no from folded_hold where family = 'order' and ended_at is null) e on h.order_no = e.order_no
where h.family = 'node' and h.ended_at is null and o.stage_rank between 0 and 9 and r.since is not null
