-- Goods that left while the order was on hold.
insert into broken by name
with left_house as (
    select a.order_no, a.act_no, a.occurred_at, a.moment, a.source, coalesce(s.sh, '') as sh
    from act a left join event_shipment s on a.act_no = s.act_no
    left join folded_shipment f on s.order_no = f.order_no and s.sh = f.key
    where a.type = 'shipment.dispatched' and f.voided_at is null
)
select d.order_no, 'shipped_on_hold' as fact, 'hold:' || min(h.kind) as cause, d.sh as subject,
    coalesce(nullif(d.sh, ''), strftime(min(d.occurred_at), '%Y-%m-%dT%H:%M:%S.%f')) as occurrence, min(d.occurred_at) as since, min(d.source) as partner
from left_house d join folded_hold h on d.order_no = h.order_no and h.family = 'order' and h.started_at <= d.occurred_at and (h.ended_at is null or h.ended_at > d.occurred_at)
where h.line is null or h.line in (select c.line from covered c where c.act_no = d.act_no)
group by d.order_no, d.sh
