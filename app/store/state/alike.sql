-- Orders that are alike in all that a rule names, and the ones among the touched that were so before. `twin` are those to
-- be judged: those that they are, or were, alike with, and they themselves.
create or replace temp table twin as
select distinct o.order_no from likeness t join touched k on t.order_no = k.order_no join likeness o on t.rule = o.rule and t.likeness = o.likeness and t.order_no <> o.order_no;
delete from likeness where order_no in (select order_no from touched);
insert into likeness by name
with shown_value as (
    unpivot (select order_no, customer, ship_to, value::varchar as value, channel, entity from folded_orders) on customer, ship_to, value, channel, entity into name field value told
),
numbered as (select order_no, string_agg(distinct key, ' ' order by key) as told from named where kind = 'cpo' and owned group by order_no),
value as (
    select order_no, field, told from shown_value where field in (select field from alike)
    union all select order_no, 'cpo', told from numbered
    union all select order_no, 'lines', string_agg(concat_ws(':', sku, ordered::varchar), ' ' order by sku, ordered) from folded_line
        where not implied and sku is not null and (order_no in (select order_no from numbered) or exists (
            select 1 from alike where over = 'order' and rule not in (select rule from alike where field = 'cpo'))) group by order_no
)
select v.order_no, a.rule, hash(string_agg(concat(v.field, '=', v.told), chr(31) order by v.field)) as likeness
from value v join alike a on a.over = 'order' and a.field = v.field join folded_orders o on v.order_no = o.order_no
join (select rule, count(*) as fields from alike group by rule) n on a.rule = n.rule
group by v.order_no, a.rule, n.fields having count(*) = n.fields;
insert into twin
select distinct unnest([o.order_no, t.order_no]) from likeness t join touched k on t.order_no = k.order_no
join likeness o on t.rule = o.rule and t.likeness = o.likeness and t.order_no <> o.order_no
except select order_no from twin
