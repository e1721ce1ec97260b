-- The later of two orders that are alike is suspected, from its beginning on, naming the first of those that it repeats.
insert into finding by name
select p.b as order_no, 'duplicate' as kind, p.rule as fact, 'like ' || arg_min(p.a_so, row(p.apart, p.a_id)) as cause, 'order' as subject_type, any_value(p.b_id) as subject,
    '1' as occurrence, any_value(p.first_at) as known_at, 'erp' as system, any_value(p.partner) as partner,
    string_agg(p.a_id, ' ' order by p.a_id) as detail
from pair_alike p join suspected s on p.rule = s.rule and p.a = s.a and p.b = s.b group by p.rule, p.b
