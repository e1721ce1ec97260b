-- What else there is to judge among the touched orders, beside the types of their events and the kinds of their keys: systems
-- that show them, and a few facts.
select distinct unnest([
        'view:' || split_part(system, '.', 1), case when held then 'view held' end, case when cancelled then 'view cancelled' end
    ]) as tag from folded_view
union select 'inferred' from folded_milestone where inferred
union select 'outage' from judgement where kind = 'outage'
union select 'alike' from likeness where order_no in (select order_no from touched)
union select 'dismissed' from dismissal where order_no in (select order_no from touched)
union select 'unlike' from said_line s where s.sku is not null and not exists (
    select 1 from ordered o where o.order_no = s.order_no and o.sku = s.sku and coalesce(s.uom, o.uom, '') = coalesce(o.uom, s.uom, '')
)
