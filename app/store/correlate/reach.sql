-- The objects that newly linked events name now belong to those orders too. Carriers use tracking and PRO numbers again:
-- those belong to the order about the days on which its own events name them.
create or replace temp table offered as
select m.key, any_value(m.text) as text, m.kind, l.order_no,
    case when m.kind in ('tr', 'pro') then date_trunc('day', m.happened_at)::timestamp end as from_at
from mention m join linked l on m.seq = l.seq
where m.class in ('relation', 'shared') and not (m.kind in ('tr', 'pro') and l.key = m.key)
group by all;
create or replace temp table reached as
with known as (
    select r.key, r.order_no, r.from_at from reach r
    join (select distinct key, order_no from offered) o on r.key = o.key and r.order_no = o.order_no
)
select o.* from offered o
anti join known k on o.key = k.key and o.order_no = k.order_no and o.from_at is not distinct from k.from_at
anti join parted p on o.key = p.key and o.order_no = p.order_no;
insert into reach by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, order_no,
    from_at, from_at as until_at from reached
