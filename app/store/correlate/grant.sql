-- Objects that a person gave to an order belong to it at all times.
create or replace temp table reached as
select g.key, g.text, g.kind, g.order_no, null::timestamp as from_at from granted g
anti join (select r.key, r.order_no from reach r join granted g on r.key = g.key where r.from_at is null) k
    on g.key = k.key and g.order_no = k.order_no;
insert into reach by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, order_no, true as own from reached;
insert into reached_all select distinct key from reached
