-- Keys take their new places; returns nothing. `placed` holds key, text, kind, cluster, order_no, hub.
delete from node where key in (select key from placed);
insert into node by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, cluster, order_no, hub from placed;
insert into edge select p.a, p.b from pair p anti join edge e on p.a = e.a and p.b = e.b;
