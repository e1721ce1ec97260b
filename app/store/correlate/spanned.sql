-- Traces whose spans, or the spans they are linked to, name an order belong to it. Looked at again: traces of which spans
-- have just said something, and those that name a key which has just found its place.
create or replace temp table stirred_trace as
with named as (
    select trace from new_name union select trace from new_tie
    union
    select s.trace from span_name s join held_key h on s.kind = h.kind and s.value = h.value
)
select trace from named union select t.trace from span_tie t join named n on t.other = n.trace;
create or replace temp table reached as
with naming as (
    select s.trace, s.text, s.kind, s.value, s.issuer from span_name s join stirred_trace t on s.trace = t.trace
    union
    select t.trace, t.text, s.kind, s.value, s.issuer from span_tie t join stirred_trace c on t.trace = c.trace
    join span_name s on t.other = s.trace
),
found as (
    select distinct n.trace as key, n.text, o.order_no from naming n join node o on n.kind = o.kind and n.value = o.value
    where o.hub = 0 and o.order_no is not null
        and (n.issuer is null or starts_with(o.text, concat(n.kind, ':', n.issuer, ':')))
)
select f.* from found f
anti join (select r.key, r.order_no from reach r join stirred_trace t on r.key = t.trace where r.own) k
    on f.key = k.key and f.order_no = k.order_no
anti join parted p on f.key = p.key and f.order_no = p.order_no;
-- needs reached
insert into reach by name
select key, hash(split_part(text, ':', 3)) as value, text, 'trace' as kind, order_no, true as own from reached;
insert into reached_all select distinct key from reached
