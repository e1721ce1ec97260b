-- The moment of the export, and the events that count by then: taken by the engine, not of the future, not outdone by
-- another claim on their id. `thing_kind` says which keys name an object.
create temp table moment as select seq as last_seq, $now::timestamp as now_at from cursor_state;
create temp view told as
select e.* from event e anti join outdone o on e.seq = o.seq
where e.seq <= (select last_seq from moment) and e.occurred_at <= (select now_at from moment)
    and not (e.seq in (select seq from skipped) and list_contains(coalesce(e.flags, []), 'id_reused'));
create temp table sku_line as
select order_no, sku, min(line) as line from order_line where not implied and sku is not null group by order_no, sku;
create temp table tie (source varchar, target varchar, qualifier varchar)
