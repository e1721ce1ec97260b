-- Orders that borrow an object which the events at hand name beside an alias of another order: they lose it.
create or replace temp table usurped as
with anchored as (
    select distinct m.seq, n.order_no from mention m join place n on m.key = n.key
    where m.class = 'alias' and n.hub = 0 and n.order_no is not null
    union select g.seq, g.order_no from given g
),
owned as (
    select distinct m.key, a.order_no from mention m join anchored a on m.seq = a.seq where m.class in ('relation', 'shared')
)
select distinct r.order_no from reach r join (select distinct key from owned) o on r.key = o.key
where not r.own and r.from_at is null and not exists (select 1 from owned w where w.key = r.key and w.order_no = r.order_no);
-- needs usurped
insert into changed from usurped
