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

-- What a person tied or parted was once apart, or together.
create or replace temp table said_near as
select s.* from said_link s semi join near_key k on s.a = k.key union select s.* from said_link s semi join near_key k on s.b = k.key;
insert into near_key
select hash(text), hash(substr(text, length(split_part(text, ':', 1)) + length(split_part(text, ':', 2)) + 3)), split_part(text, ':', 1)
from (select a_text as text from said_near union select b_text from said_near where act <> 'undo')
where text is not null and hash(text) not in (select key from near_key);
insert into near_seq select seq from said_near where seq is not null;

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

insert into near_seq
select lo.seq from loose lo semi join near_key k on lo.key = k.key
qualify row_number() over (partition by lo.key order by lo.seq) <= 500
