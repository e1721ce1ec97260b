-- The orders that a new word of a person concerns, by the numbers that they have before it is heard.
insert into changed
select n.order_no from node n join reset r on n.key = r.key where n.order_no is not null
union
select r.order_no from reach r join reset s on r.key = s.key
union
select n.order_no from node n join stirred_word w on n.key = w.b where n.order_no is not null
union
select l.order_no from link l join stirred_word w on l.seq = w.seq;
insert into changed_key select key from reset;
insert into redo select seq from stirred_word where seq is not null;
-- The number of an object that a person had parted before, and of which is spoken again: events that another number has
-- linked may name it too (those of an order: see move).
create or replace temp table taken_back as
select distinct c.a_text as text from said_link c join stirred_word w on c.a = w.a
where c.act = 'cut' and c.event_id is null and not split_part(c.a_text, ':', 1) in (select kind from key_kind where class = 'alias')
    and c.link_id not in (select link_id from heard_word);
-- needs taken_back
insert into redo
select e.seq from event e
where e.seq < (select min(seq) from work) and list_has_any(e.keys, (select list(text) from taken_back))
