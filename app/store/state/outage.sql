-- Orders that wait for a partner that cannot be reached.
insert into reason by name
with waiting as (
    select order_no, fo, arg_max(partner, moment) filter (where partner is not null) as partner, min(occurred_at) as since
    from node_word group by order_no, fo
    having coalesce(max(stage_rank), 0) < 7 and bool_or(type in ('order.released', 'fulfillment.requested'))
)
select n.order_no, 'partner_outage' as cause, greatest(n.since, u.since) as since, u.subject as system, n.fo, u.subject as partner, u.subject as detail
from waiting n join folded_orders o on n.order_no = o.order_no join judgement u on u.kind = 'outage' and u.subject = coalesce(n.partner, o.partner)
where o.stage_rank between 0 and 11
