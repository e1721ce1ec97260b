-- Keys take their new places. `moved` holds key, text, kind, cluster, order_no, hub, meant of those that stood elsewhere,
-- `settled` of those that are new; `regained` belonged to no order and now do (people spoke).
create or replace temp table regained as
select m.text from moved m join node n on m.key = n.key where n.order_no is null and m.order_no is not null;
delete from node where key in (select key from moved);
insert into node by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, cluster, order_no, hub, meant
from (from moved union all by name from settled);
insert into edge from pair;
insert into changed from leaving;
insert into changed_key from turning;
-- Where a key turned (into a hub, out of one, into another's), whoever is named beside it may hold its events.
insert into changed
select n.order_no from turning t join node n on t.key = n.key where n.order_no is not null
union select n.order_no from turning t join edge e on t.key = e.a join node n on e.b = n.key where n.order_no is not null
union select n.order_no from turning t join edge e on t.key = e.b join node n on e.a = n.key where n.order_no is not null;
-- Events that another number has linked may name what was regained too.
-- needs regained
insert into redo
select e.seq from event e
where e.seq < (select min(seq) from work) and list_has_any(e.keys, (select list(text) from regained))
