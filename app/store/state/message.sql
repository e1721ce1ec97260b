-- Messages to the node that died or were refused, until it answers; those about a shipment, until it is booked. A message
-- to anybody else is in the way of nothing.
insert into reason by name
with answer as (
    select order_no, fo, max(moment) as moment from node_word
    where type in ('fulfillment.acknowledged', 'fulfillment.rejected', 'fulfillment.cancelled') or stage_rank >= 8 group by all
),
bad as (
    select l.*, case when l.refused is null or l.dead > l.refused then l.dead else l.refused end as moment,
        case when l.refused is null or l.dead > l.refused then 'message_dead' else 'message_rejected' end as cause,
        case when l.refused is null or l.dead > l.refused then l.dead_at else l.refused_at end as since,
        o.stage_rank, s.posted_at
    from letter l join folded_orders o on l.order_no = o.order_no left join folded_shipment s on l.order_no = s.order_no and l.sh = s.key
    where (l.dead is not null or l.refused is not null) and o.stage_rank between 0 and 11
)
select b.order_no, b.cause as fact, b.cause, b.since, case when b.partner = '' or b.cause = 'message_dead' then b.source else b.partner end as system, b.fo,
    nullif(b.partner, '') as partner, b.fo as detail
from bad b
where b.sh = '' and not exists (select 1 from answer n where n.order_no = b.order_no and (b.fo = '' or n.fo = b.fo) and n.moment > b.moment)
    and (b.good is null or b.moment > b.good or (b.cause = 'message_dead' and b.fo <> ''))
    and (b.fo <> '' or (b.stage_rank < 7 and split_part(b.partner, '.', 1) in ('', '3pl', 'wms')))
union all
select b.order_no, 'blocked', 'posting_failed', b.since, b.source, '', null, b.sh from bad b
where b.sh <> '' and (b.good is null or b.moment > b.good) and b.posted_at is null
