-- Keys take their new places. `moved` holds key, text, kind, cluster, order_no, hub, meant of those that stood elsewhere,
-- `settled` of those that are new.
delete from node where key in (select key from moved);
insert into node by name
select key, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value, text, kind, cluster, order_no, hub, meant
from (from moved union all by name from settled);
insert into edge from pair;
insert into changed from leaving;
insert into changed_key from turning
