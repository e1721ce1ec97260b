-- What each system says of the order, beside each other: its newest word, and the newest that tells a stage. A CRM's
-- words are mapped to the stage they mean. A role that only one system plays is called by its role.
create or replace temp table folded_view as
with said as (
    select t.*, coalesce(w.stage, nullif(t.stage, '')) as told, coalesce(w.stage_rank, t.stage_rank) as told_rank,
        case when role in ('3pl', 'wms', 'carrier', 'tms', 'sup') or source_rank = 99 then source else role end as plain
    from trail t left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
    where role <> 'people'
),
sole as (select order_no, plain, count(distinct source) > 1 as several from said group by all),
moved as (
    select order_no, source, sum(qty) as shipped from (
        select order_no, source, doc, line, max(qty) as qty from (
            select order_no, source, doc, l.line, try_cast(l.qty as decimal(18, 6)) as qty
            from (select t.order_no, t.source, coalesce(s.sh, t.event_id::varchar) as doc, unnest(t.lines) as l
                from trail t left join in_shipment s on t.order_no = s.order_no and t.seq = s.seq
                where t.type in ('shipment.dispatched', 'shipment.posted') and len(t.lines) > 0)
        ) group by all
    ) group by all
)
select s.order_no, case when o.several then s.source else s.plain end as system,
    arg_max(coalesce(status, type), moment) as raw,
    arg_max(told, moment) as stage, arg_max(told_rank, moment) filter (where told is not null) as stage_rank,
    arg_max(coalesce(holds, told = 'held'), moment) filter (where holds is not null or (role = 'crm' and told is not null)) as held,
    arg_max(told = 'cancelled' or type in ('order.cancelled', 'fulfillment.cancelled'), moment)
        filter (where told is not null or type = 'fulfillment.cancelled') as cancelled,
    arg_max(promised_at, moment) filter (where promised_at is not null and type not in ('fulfillment.acknowledged', 'order.backordered')) as promised_at,
    arg_max(attrs ->> '$.ship_to', moment) filter (where attrs ->> '$.ship_to' is not null) as ship_to,
    arg_max(revision_said, moment) filter (where revision_said is not null) as revision,
    any_value(m.shipped) as shipped,
    max(occurred_at) as seen_at, max(arrived_at) as arrived_at,
    max(occurred_at) filter (where told is not null) as said_at,
    arg_max(arrived_at, moment) filter (where told is not null) as said_arrived_at
from said s join sole o on s.order_no = o.order_no and s.plain = o.plain
left join moved m on s.order_no = m.order_no and s.source = m.source
group by all
