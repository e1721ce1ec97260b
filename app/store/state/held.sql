-- Held here and not there. A CRM that has said nothing since the hold began denies nothing.
-- needs shown
insert into disagreed by name
with open_hold as (
    select order_no, min(started_at) as started_at, min(kind) as kind from folded_hold where ended_at is null and family = 'order' group by order_no
),
known as (
    select order_no, max(arrived_at) filter (where type in ('order.credit_released', 'order.hold_released')) as released_at,
        max(arrived_at) filter (where type in ('order.credit_held', 'order.hold_placed')) as held_at
    from act where type in ('order.credit_released', 'order.hold_released', 'order.credit_held', 'order.hold_placed') group by order_no
)
select s.order_no, 'erp' as truth, s.system, s.role, 'held' as field, 'false' as truth_value, 'true' as view_value,
    case when e.released_at is null then 'ahead' else 'behind' end as direction, coalesce(e.released_at, s.said_arrived_at) as known_at
from shown s left join known e on s.order_no = e.order_no anti join open_hold h on s.order_no = h.order_no
where s.role = 'crm' and s.held and s.true_rank between 0 and 11
union all
select s.order_no, 'erp', s.system, s.role, 'held', h.kind, 'false', 'behind', case when s.role = 'crm' then s.said_arrived_at else e.held_at end
from shown s join open_hold h on s.order_no = h.order_no join known e on s.order_no = e.order_no
left join working k on s.order_no = k.order_no and s.system = k.partner
where not coalesce(s.held, false) and s.true_rank between 0 and 11 and ((s.role = 'crm' and s.said_at > h.started_at) or k.stage_rank >= 7)
