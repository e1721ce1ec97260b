-- What there is to judge at all among the touched orders: event types, systems that show them, and a few facts.
select distinct type as tag from act
union select distinct 'view:' || split_part(system, '.', 1) from folded_view
union select 'view held' from folded_view where held
union select 'view cancelled' from folded_view where cancelled
union select 'po' from folded_object where kind = 'po'
union select 'missed' from missed
union select 'inferred' from folded_milestone where inferred
union select 'outage' from judgement where kind = 'outage'
union select 'alike' from likeness where order_no in (select order_no from touched)
union select 'cpo' from named where kind = 'cpo'
union select 'dismissed' from dismissal where order_no in (select order_no from touched)
union select 'posted again' from act where type = 'shipment.posted' group by order_no having count(*) > 1
union select 'unlike' from said_line s where s.sku is not null and not exists (
    select 1 from ordered o where o.order_no = s.order_no and o.sku = s.sku and coalesce(s.uom, o.uom, '') = coalesce(o.uom, s.uom, '')
)
