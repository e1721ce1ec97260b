-- Trouble that a carrier reported and that no later scan of the shipment ended.
insert into reason by name
with scan as (
    select a.order_no, coalesce(s.sh, '') as sh, a.type, a.moment, a.occurred_at, a.source
    from act a join folded_orders o on a.order_no = o.order_no left join event_shipment s on a.act_no = s.act_no
    where o.stage_rank between 0 and 11
        and (a.type in ('shipment.exception', 'shipment.returned_to_sender', 'shipment.voided') or a.stage in ('in_transit', 'delivered'))
),
went_on as (select order_no, sh, max(moment) as moment from scan where type <> 'shipment.exception' group by all)
select s.order_no, 'carrier_exception' as cause, min(s.occurred_at) as since, arg_min(s.source, s.moment) as system, s.sh as detail
from scan s left join went_on w on s.order_no = w.order_no and s.sh = w.sh
where s.type = 'shipment.exception' and (w.moment is null or s.moment > w.moment) group by s.order_no, s.sh
