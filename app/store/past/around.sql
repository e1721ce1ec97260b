-- What could bear on the orders in `own`, second part: every key they have or name, the orders that share one of these
-- or hang together with them (once they may have been one, or a number may have been theirs alone), and the events
-- without an order that name one. Of what thousands share, the first few tell as much as all of them.
create or replace temp table near_key as
select key, value, kind from node semi join own using (order_no)
union select key, value, kind from reach semi join own using (order_no)
union
select hash(text), hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)), kind from (
    select distinct unnest(keys) as text, split_part(text, ':', 1) as kind
    from event semi join near_seq using (seq) where seq between $first and $last
) join key_kind using (kind) where class <> 'context';

create or replace temp table near_order as
with tied as (
    select e.b as key, e.a as via from edge e semi join near_key k on e.a = k.key
    union select e.a, e.b from edge e semi join near_key k on e.b = k.key
),
sharing as (
    select k.key as via, n.order_no from node n join near_key k on n.value = k.value and n.kind = k.kind
    union select k.key, r.order_no from reach r join near_key k on r.value = k.value and r.kind = k.kind
    union select t.via, n.order_no from node n join tied t on n.key = t.key
    union
    select hash(n.cluster), m.order_no from node m join (
        select distinct cluster from node semi join near_key using (key) where cluster is not null
    ) n on m.cluster = n.cluster
)
select distinct order_no from (
    select via, order_no from sharing where order_no is not null
    qualify row_number() over (partition by via order by order_no) <= 25
) anti join own using (order_no);
insert into near_seq select l.seq from link l semi join near_order o on l.order_no = o.order_no;

create or replace temp table near_loose as
select lo.seq from loose lo semi join near_key k on lo.key = k.key
qualify row_number() over (partition by lo.key order by lo.seq) <= 500;
insert into near_seq from near_loose;
-- Documents chain: what names the same purchase order may name the notice by which its receipt is known.
insert into near_seq
select lo.seq from loose lo semi join (
    select distinct key from loose semi join near_loose using (seq) anti join near_key using (key)
) k on lo.key = k.key
qualify row_number() over (partition by lo.key order by lo.seq) <= 100
