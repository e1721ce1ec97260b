-- Holds as intervals: from the first time a hold was placed until the first release that fits it.
create or replace temp table folded_hold as
with placed as (
    select order_no, coalesce(hold_id, '') as hold_id, source, occurred_at,
        case when type = 'order.credit_held' then 'credit' when type = 'fulfillment.held' then coalesce(hold_kind, 'warehouse')
            else coalesce(hold_kind, 'other') end as kind,
        case when type = 'fulfillment.held' then 'node' else 'order' end as family
    from act where type in ('order.credit_held', 'order.hold_placed', 'fulfillment.held')
),
ended as (
    select order_no, coalesce(hold_id, '') as hold_id, occurred_at,
        case when type = 'order.credit_released' then 'credit' else coalesce(hold_kind, '') end as kind,
        case when type = 'fulfillment.hold_released' then 'node' else 'order' end as family
    from act where type in ('order.credit_released', 'order.hold_released', 'fulfillment.hold_released')
)
select p.order_no, p.hold_id, p.kind, p.family, arg_min(p.source, p.occurred_at) as system,
    min(p.occurred_at) as started_at, p.ended_at
from (
    select p.*, (
        select min(e.occurred_at) from ended e
        where e.order_no = p.order_no and e.family = p.family and e.occurred_at >= p.occurred_at
            and (e.hold_id = '' or p.hold_id = '' or e.hold_id = p.hold_id)
            and (e.kind = '' or e.kind = p.kind)
    ) as ended_at
    from placed p
) p
group by p.order_no, p.hold_id, p.kind, p.family, p.ended_at
