-- Events that name an alias key belong to its order, by the strongest such key.
create or replace temp table linked as
select m.seq, n.order_no, arg_min(m.key, m.strength) as key, arg_min(m.kind, m.strength) as rule
from mention m join node n on m.key = n.key
where m.class = 'alias' and n.hub = 0 and n.order_no is not null
group by m.seq, n.order_no;
insert into link by name select seq, order_no, key, rule from linked;
insert into loose
select distinct m.seq, m.key, m.kind from mention m anti join linked l on m.seq = l.seq;
