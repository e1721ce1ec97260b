-- The entries take their new facts. Orders of a customer, at a location or with a product whose face has changed are
-- folded again: they show its parent, region or family, and count in its packs.
create or replace temp table moved_master as
select kind, key from (
    select m.kind, m.key, parent, tier, region, family, packs from master m
    semi join master_near n on m.kind = n.kind and m.key = n.key
    union all
    select kind, key, parent, tier, region, family, packs from folded_master
) group by kind, key, parent, tier, region, family, packs having count(*) = 1;
delete from master where exists (select 1 from master_near n where n.kind = master.kind and n.key = master.key);
insert into master by name select * exclude (no) from folded_master;
delete from customer_word where no in (select no from master_near);
-- needs described
insert into customer_word
select no, key, source, type, occurred_at from described where kind = 'customer';
create or replace temp table depending as
select o.order_no from orders o semi join moved_master m on m.kind = 'customer' and o.customer = m.key
union
select o.order_no from orders o semi join moved_master m on m.kind = 'location' and o.location = m.key
union
select l.order_no from order_line l semi join moved_master m on m.kind = 'product' and l.sku = m.key;
insert into touched select order_no from depending anti join touched using (order_no)
