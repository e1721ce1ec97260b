-- Goods that the order waits for and that come after its promise.
insert into reason by name
select f.order_no, 'supply_late' as fact, 'supply_late' as cause, coalesce(p.acknowledged_at, p.last_at) as since, p.supplier as system, p.supplier as partner, p.key as detail
from folded_object f join purchase_key k on hash(f.key) = k.key join purchase_order p on k.no = p.no join folded_orders o on f.order_no = o.order_no
where f.kind = 'po' and o.stage_rank between 0 and 9 and coalesce(p.asn_eta_at, p.confirmed_at) > o.promised_at
    and p.counted_at is null and p.cancelled_at is null
    and (o.kind = 'drop_ship' or o.order_no in (select order_no from folded_line where stage_rank in (1, 2, 4)))
