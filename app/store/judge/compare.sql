-- What a rebuild must give again, free of internal numbers: one text per row under the name of its table.
create or replace temp table picture as
select 'order' as part, o.order_id as name, to_json(o)::varchar as says from (select * exclude (order_no) from orders) o
union all select 'line', o.order_id || ' ' || l.line, regexp_replace(to_json(l)::varchar, '"order_no":[0-9]+,?', '')
from (select * from order_line) l join orders o using (order_no)
union all select 'milestone', o.order_id || ' ' || m.type, regexp_replace(to_json(m)::varchar, '"order_no":[0-9]+,?', '') from milestone m join orders o using (order_no)
union all select 'view', o.order_id || ' ' || v.system, regexp_replace(to_json(v)::varchar, '"order_no":[0-9]+,?', '') from view v join orders o using (order_no)
union all select 'hold', o.order_id || ' ' || h.hold_id, regexp_replace(to_json(h)::varchar, '"order_no":[0-9]+,?', '') from hold h join orders o using (order_no)
union all select 'object', o.order_id || ' ' || b.key, regexp_replace(to_json(b)::varchar, '"order_no":[0-9]+,?', '') from object b join orders o using (order_no)
union all select 'judgement', o.order_id || ' ' || f.kind || ' ' || coalesce(f.code, '') || ' ' || f.subject, regexp_replace(to_json(f)::varchar, '"order_no":-?[0-9]+,?', '') from judgement f join orders o using (order_no)
union all select 'due', d.rule || ' ' || d.subject || ' ' || d.occurrence, regexp_replace(to_json(d)::varchar, '"order_no":[0-9]+,?', '') from due d
union all select 'link', o.order_id || ' ' || e.event_id::varchar, l.rule || ' ' || l.key::varchar
from link l join event e using (seq) join orders o using (order_no)
