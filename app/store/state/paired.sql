-- Of the twins the pairs that still stand: neither is cancelled, and nobody has called them distinct; a is the earlier one.
create or replace temp table pair_alike as
select m.rule, a.order_no as a, b.order_no as b, a.order_id as a_id, b.order_id as b_id, coalesce(a.so, a.order_id) as a_so, b.first_at,
    epoch_us(b.first_at) - epoch_us(a.first_at) as apart, b.partner
from likeness m join twin t on m.order_no = t.order_no join orders b on m.order_no = b.order_no
join likeness n on m.rule = n.rule and m.likeness = n.likeness and m.order_no <> n.order_no join orders a on n.order_no = a.order_no
where (a.first_at < b.first_at or (a.first_at = b.first_at and a.order_id < b.order_id)) and a.stage_rank >= 0 and b.stage_rank >= 0
    and not exists (
        select 1 from dismissal d join node k on d.key = k.key
        where (d.order_no = b.order_no and k.order_no = a.order_no) or (d.order_no = a.order_no and k.order_no = b.order_no)
    )
