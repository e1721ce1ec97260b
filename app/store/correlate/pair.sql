-- Alias keys that one event names together and that were not known to be; an event that names several sales orders pairs
-- none of them. `stirred` are the keys whose place may change.
create or replace temp table alias as
with counted as (
    select seq, count(*) filter (where kind = 'so') as so from mention where class = 'alias'
    group by seq having count(*) > 1
)
select m.seq, m.key from mention m join counted c on m.seq = c.seq where m.class = 'alias' and c.so < 2;
-- needs alias
create or replace temp table pair as
with every as (select distinct a.key as a, b.key as b from alias a join alias b on a.seq = b.seq and a.key < b.key)
select p.* from every p
anti join (select e.a, e.b from edge e join every q on e.a = q.a and e.b = q.b) k on p.a = k.a and p.b = k.b;
create or replace temp table unplaced as select m.* from named m anti join place p on m.key = p.key;
create or replace temp table stirred as
select key from unplaced union select a from pair union select b from pair union select key from reset
