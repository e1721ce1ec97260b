-- Orders that borrow an object which the events at hand name beside an alias of another order: they lose it.
create or replace temp table borrowed as
select key, order_no from reach semi join (select key from mention where class in ('relation', 'shared')) using (key)
where not own and from_at is null;
-- needs borrowed
create or replace temp table usurped as
with near as (
    select seq, key from mention semi join borrowed using (key) where class in ('relation', 'shared')
),
anchored as (
    select m.seq, n.order_no from mention m semi join near on m.seq = near.seq join place n on m.key = n.key
    where m.class = 'alias' and n.hub = 0 and n.order_no is not null
    union select g.seq, g.order_no from given g
),
owned as (
    select distinct n.key, a.order_no from near n join anchored a on n.seq = a.seq
)
select distinct b.order_no from borrowed b semi join owned o on b.key = o.key
where not exists (select 1 from owned w where w.key = b.key and w.order_no = b.order_no);
-- needs usurped
insert into changed from usurped
