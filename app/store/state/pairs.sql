-- The pairs of orders that are alike, with what a rule may ask of either.
select p.rule, p.a, p.b, p.apart,
    a.customer as "a.customer", a.channel as "a.channel", a.tier as "a.tier", a.entity as "a.entity", a.kind as "a.kind", a.value as "a.value", a.stage as "a.stage",
    b.customer as "b.customer", b.channel as "b.channel", b.tier as "b.tier", b.entity as "b.entity", b.kind as "b.kind", b.value as "b.value", b.stage as "b.stage",
    coalesce(ca.text, '') as "a.channel_order", coalesce(cb.text, '') as "b.channel_order"
from pair_alike p join orders a on p.a = a.order_no join orders b on p.b = b.order_no
left join (select order_no, min(text) as text from node where kind = 'ch' and order_no in (select a from pair_alike) group by order_no) ca on p.a = ca.order_no
left join (select order_no, min(text) as text from node where kind = 'ch' and order_no in (select b from pair_alike) group by order_no) cb on p.b = cb.order_no
