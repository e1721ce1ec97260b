-- What the node was asked and what it answered, per fulfillment order ('' where none is named).
create or replace temp table node_word as
select a.order_no, coalesce(l.fo, '') as fo, a.type, a.moment, a.occurred_at, a.arrived_at, a.source, a.stage_rank, a.partner
from act a left join event_leg l on a.act_no = l.act_no
where a.type in ('order.released', 'fulfillment.requested', 'fulfillment.acknowledged', 'fulfillment.rejected', 'fulfillment.cancelled')
    or a.stage_rank >= 8
