-- How much each system says has left.
-- needs shipment.dispatched or shipment.posted
create or replace temp table moved_goods as
select order_no, source, sum(qty) as shipped from (
    select order_no, source, doc, line, max(qty) as qty from (
        -- A line without a number goes by its product; what one event says of it in several entries adds up.
        select order_no, source, act_no, doc, coalesce(nullif(l.line, ''), l.sku) as line, sum(try_cast(l.qty as decimal(18, 6))) as qty
        from (select t.order_no, t.source, t.act_no, coalesce(s.sh, t.event_id::varchar) as doc, unnest(t.lines) as l
            from trail t left join about s on t.act_no = s.act_no
            where t.type in ('shipment.dispatched', 'shipment.posted') and len(t.lines) > 0 and not t.shared)
        group by all
    ) group by all
) group by all;

-- What each system says of the order, beside each other: its newest word, and the newest that tells a stage. A CRM's
-- words are mapped to the stage they mean. A role that only one system plays is called by its role.
create or replace temp table folded_view as
with said as (
    select order_no, source, source_rank, role, moment, occurred_at, arrived_at, type, status, holds, promised_at, attrs,
        revision_said, coalesce(w.stage, nullif(t.stage, '')) as told, coalesce(w.stage_rank, t.stage_rank) as told_rank
    from trail t left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
    where role <> 'people' and (role = 'sup' or type not like 'purchase_order.%')
),
by_source as (
    select order_no, source,
        case when any_value(role) in ('3pl', 'wms', 'carrier', 'tms', 'sup') or any_value(source_rank) = 99 then source
            else any_value(role) end as plain,
        arg_max(coalesce(status, type), moment) as raw,
        arg_max(told, moment) as stage, arg_max(told_rank, moment) filter (where told is not null) as stage_rank,
        arg_max(coalesce(holds, told = 'held'), moment) filter (where holds is not null or (role = 'crm' and told is not null)) as held,
        arg_max(told is not distinct from 'cancelled' or type = 'fulfillment.cancelled', moment)
            filter (where told is not null or type = 'fulfillment.cancelled') as cancelled,
        arg_max(promised_at, moment) filter (where promised_at is not null and type not in ('fulfillment.acknowledged', 'order.backordered')) as promised_at,
        arg_max(attrs ->> '$.ship_to', moment) filter (where attrs is not null and attrs ->> '$.ship_to' is not null) as ship_to,
        arg_max(revision_said, moment) filter (where revision_said is not null) as revision,
        max(occurred_at) as seen_at, max(arrived_at) as arrived_at,
        max(occurred_at) filter (where told is not null) as said_at,
        arg_max(arrived_at, moment) filter (where told is not null) as said_arrived_at
    from said group by order_no, source
),
several_systems as (select order_no, plain from by_source group by order_no, plain having count(*) > 1)
select b.* exclude (source, plain), case when d.plain is null then b.plain else b.source end as system, m.shipped
from by_source b left join several_systems d on b.order_no = d.order_no and b.plain = d.plain
left join moved_goods m on b.order_no = m.order_no and b.source = m.source
