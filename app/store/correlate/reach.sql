-- The objects that newly linked events name now belong to those orders too. Who names an object beside an alias of its
-- order owns it; what follows from an object alone only borrows, and never an object that somebody owns. Carriers use
-- tracking and PRO numbers again: those belong to the order about the days on which its own events name them, and nobody
-- owns them for ever. An event that names nothing else, and follows the number, is no event of its own; whether it names
-- anything else is in the event, so that no order of arrival decides it.
create or replace temp table offered as
with lone as (
    select seq from mention where class = 'relation' group by seq having min(key) = max(key)
)
select m.key, any_value(m.text) as text, m.kind, l.order_no, bool_or(coalesce(k.class, 'alias') = 'alias') as own,
    case when m.kind in ('tr', 'pro') then date_trunc('day', m.happened_at)::timestamp end as from_at
from mention m join linked l on m.seq = l.seq left join key_kind k on l.rule = k.kind
where m.class in ('relation', 'shared') and not (m.kind in ('tr', 'pro') and l.key = m.key and m.seq in (select seq from lone))
group by all;
create or replace temp table reached as
with known as (
    select r.key, r.order_no, r.own, r.from_at from reach r join (select distinct key from offered) o on r.key = o.key
)
select o.* from offered o
anti join known k on o.key = k.key and o.order_no = k.order_no and o.from_at is not distinct from k.from_at and (k.own or not o.own)
anti join (select distinct key from known where own) s on not o.own and o.from_at is null and o.key = s.key
anti join parted p on o.key = p.key and o.order_no = p.order_no;
-- needs reached
delete from reach using reached
where reach.key = reached.key and reach.order_no = reached.order_no and not reach.own
    and reach.from_at is not distinct from reached.from_at;
-- needs reached
insert into reach by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, order_no, own,
    from_at, from_at as until_at from reached
