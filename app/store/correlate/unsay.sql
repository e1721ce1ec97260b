-- What a newer reading has superseded names nothing any more, and what counts again does: both are linked again from
-- nothing. Keys that only such events named together are looked at afresh without that tie.
create or replace temp table silenced as
select c.seq from claim c anti join unsaid u on c.seq = u.seq where c.read_anew;
create or replace temp table heard_again as
select u.seq from unsaid u join claim c on u.seq = c.seq where not c.read_anew;
delete from unsaid where seq in (select seq from heard_again);
insert into unsaid from silenced;
create or replace temp table unsaid_key as
select distinct hash(k) as key from (select unnest(keys) as k from event semi join silenced using (seq))
join key_kind on split_part(k, ':', 1) = kind where class = 'alias' or kind in ('tr', 'pro');
create or replace temp table still_named as
with witness as (
    select l.seq from link l join node n on l.order_no = n.order_no semi join unsaid_key k on n.key = k.key
    union select l.seq from link l join reach r on l.order_no = r.order_no semi join unsaid_key k on r.key = k.key
    union select lo.seq from loose lo semi join unsaid_key k on lo.key = k.key
)
select e.seq, hash(k) as key, c.class = 'alias' as alias, c.kind = 'so' as is_so
from (select seq, unnest(keys) as k from event semi join witness using (seq) anti join unsaid using (seq)) e
join key_kind c on split_part(k, ':', 1) = c.kind where c.class = 'alias' or c.kind in ('tr', 'pro');
create or replace temp table unsaid_edge as
with single as (select seq from still_named group by seq having count(distinct key) filter (where is_so) < 2),
tied as (select n.* from still_named n semi join single s on n.seq = s.seq where n.alias)
select e.a, e.b from edge e semi join unsaid_key a on e.a = a.key semi join unsaid_key b on e.b = b.key
anti join (select distinct x.key as a, y.key as b from tied x join tied y on x.seq = y.seq and x.key < y.key) k on e.a = k.a and e.b = k.b;
delete from edge using unsaid_edge u where edge.a = u.a and edge.b = u.b;
insert into reset select key from unsaid_key;
insert into changed
select n.order_no from node n join unsaid_key k on n.key = k.key where n.order_no is not null
union select l.order_no from link l join silenced s on l.seq = s.seq;
insert into redo select seq from silenced;
insert into work select seq from heard_again where seq not in (select seq from work);
delete from node where key in (select key from unsaid_key) and key not in (select key from still_named)
