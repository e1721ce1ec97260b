-- Orders that are alike in all that a rule names, and the ones among the touched that were so before. `twin` are those to
-- be judged: the touched orders and all that they are, or were, alike with.
create or replace temp table twin as
select distinct o.order_no from likeness t join touched k on t.order_no = k.order_no join likeness o on t.rule = o.rule and t.likeness = o.likeness;
delete from likeness where order_no in (select order_no from touched);
insert into likeness by name
with shown_value as (
    unpivot (select order_no, customer, ship_to, value::varchar as value, channel, entity from folded_orders) on customer, ship_to, value, channel, entity into name field value told
),
value as (
    select order_no, field, told from shown_value
    union all select order_no, 'cpo', string_agg(distinct key, ' ' order by key) from named where kind = 'cpo' and owned group by order_no
    union all select order_no, 'lines', string_agg(concat_ws(':', sku, ordered::varchar), ' ' order by sku, ordered) from folded_line
        where not implied and sku is not null group by order_no
)
select v.order_no, a.rule, hash(string_agg(concat(v.field, '=', v.told), chr(31) order by v.field)) as likeness
from value v join alike a on a.over = 'order' and a.field = v.field join folded_orders o on v.order_no = o.order_no
join (select rule, count(*) as fields from alike group by rule) n on a.rule = n.rule
group by v.order_no, a.rule, n.fields having count(*) = n.fields;
insert into twin
select distinct o.order_no from likeness t join touched k on t.order_no = k.order_no join likeness o on t.rule = o.rule and t.likeness = o.likeness
except select order_no from twin;
-- Whom a person has called distinct from these orders.
delete from dismissal where order_no in (select order_no from touched);
insert into dismissal
select distinct order_no, hash(key) as key from (select order_no, unnest(keys) as key from act where type = 'suspicion.dismissed');

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
