-- What the node was asked and what it answered, per fulfillment order ('' where none is named).
create or replace temp table node_word as
select a.order_no, coalesce(l.fo, '') as fo, a.type, coalesce(r.moment, a.moment) as moment, coalesce(r.asked_at, a.occurred_at) as occurred_at, a.arrived_at, a.source, a.stage_rank, a.partner
from act a left join event_leg l on a.act_no = l.act_no
left join early_refusal r on l.act_no = r.act_no and l.fo = r.fo
where a.type in ('order.released', 'fulfillment.requested', 'fulfillment.acknowledged', 'fulfillment.rejected', 'fulfillment.cancelled')
    or a.stage_rank >= 8
