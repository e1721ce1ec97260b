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
