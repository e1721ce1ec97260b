-- A node refused, and no node was asked since.
insert into reason by name
with refused as (
    select order_no, fo, max(moment) as moment, max(occurred_at) as since, arg_max(source, moment) as source from node_word
    group by order_no, fo having arg_max(type, moment) = 'fulfillment.rejected'
)
select r.order_no, 'node_rejected' as fact, 'node_rejected' as cause, r.since, r.source as system, r.fo, r.source as partner, r.fo as detail
from refused r join folded_orders o on r.order_no = o.order_no
where o.stage_rank between 0 and 11 and not exists (
    select 1 from node_word w where w.order_no = r.order_no and w.fo <> r.fo and w.moment > r.moment and w.type in ('order.released', 'fulfillment.requested')
)
