-- Why an order cannot go on, for the causes that no clock covers: holds, refusals, no stock, carrier trouble.
create or replace temp table folded_judgement as
with alive as (select o.* from folded_orders o where stage_rank between 0 and 11),
blocked as (
    select h.order_no, 'order_blocked' as code,
        case when family = 'node' then 'node_hold' else 'hold:' || h.kind end as cause,
        h.started_at as since, h.system,
        case when h.kind = 'credit' then 'credit' when family = 'node' then 'partner' else 'order-desk' end as owner,
        case when h.kind = 'credit' then 'medium' else 'high' end as severity
    from folded_hold h where h.ended_at is null
    union all
    select order_no, 'order_blocked', 'no_stock', max(occurred_at), arg_max(source, moment), 'order-desk', 'medium'
    from act a where type in ('order.backordered', 'order.allocated')
    group by order_no
    having arg_max(type, moment) = 'order.backordered' and arg_max(coalesce(promised_at, timestamp '1970-01-01'), moment) = timestamp '1970-01-01'
    union all
    select order_no, 'order_blocked', 'carrier_exception', max(occurred_at), arg_max(source, moment), 'carrier-desk', 'high'
    from act where type = 'shipment.exception' or stage in ('in_transit', 'delivered') or type = 'shipment.returned_to_sender'
    group by order_no having arg_max(type, moment) = 'shipment.exception'
    union all
    select order_no, 'node_rejected', 'node_rejected', max(occurred_at), arg_max(source, moment), 'order-desk', 'high'
    from act where type in ('fulfillment.rejected', 'fulfillment.acknowledged', 'order.released', 'fulfillment.requested')
        or stage_rank >= 8
    group by order_no having arg_max(type, moment) = 'fulfillment.rejected'
)
select b.order_no, 'blocked' as kind, b.code, arg_min(b.cause, row(b.since, b.cause)) as cause, 'order' as subject_type,
    any_value(o.order_id) as subject, strftime(min(b.since), '%Y-%m-%dT%H:%M:%S.%f') as occurrence,
    min(b.since) as since, arg_min(b.system, row(b.since, b.cause)) as system, any_value(o.partner) as partner,
    arg_min(b.owner, row(b.since, b.cause)) as owner, arg_min(b.severity, row(b.since, b.cause)) as severity
from blocked b join alive o on b.order_no = o.order_no
group by b.order_no, b.code
