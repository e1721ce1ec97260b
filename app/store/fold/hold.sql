-- Holds as intervals: from the first time a hold was placed until the first release that fits it.
-- needs order.credit_held or order.hold_placed or fulfillment.held
create or replace temp table folded_hold as
with told as (
    select order_no, coalesce(hold_id, '') as hold_id, source, source_rank, occurred_at, holds,
        case when type like 'order.credit_%' then 'credit' when type = 'fulfillment.held' then coalesce(hold_kind, 'warehouse')
            when type = 'order.hold_placed' then coalesce(hold_kind, 'other') else coalesce(hold_kind, '') end as kind,
        case when type like 'fulfillment.%' then 'node' else 'order' end as family,
        case when len(lines) = 1 then lines[1].line end as line
    from act where holds is not null
),
placed as (from told where holds),
ended as (from told where not holds),
paired as (
    select p.order_no, p.hold_id, p.kind, p.family, p.line, p.source, p.source_rank, p.occurred_at, min(e.occurred_at) as ended_at
    from placed p left join ended e on e.order_no = p.order_no and e.family = p.family and e.occurred_at >= p.occurred_at
        and (e.hold_id = '' or p.hold_id = '' or e.hold_id = p.hold_id) and (e.kind = '' or e.kind = p.kind)
    group by all
)
select order_no, hold_id, kind, family, min(line) as line,
    case when kind = 'credit' then 'credit' when family = 'node' then 'partner' else 'order-desk' end as owner,
    arg_min(source, row(occurred_at, source_rank, source)) as system, min(occurred_at) as started_at, ended_at
from paired group by order_no, hold_id, kind, family, ended_at
