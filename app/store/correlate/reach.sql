-- The objects that newly linked events name now belong to those orders too.
create or replace temp table reached as
select distinct m.key, m.text, m.kind, l.order_no
from mention m join linked l on m.seq = l.seq
where m.class in ('relation', 'shared')
    and not exists (select 1 from reach r where r.key = m.key and r.order_no = l.order_no);
insert into reach by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, order_no from reached;
