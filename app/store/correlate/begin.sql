-- What a step finds out, empty to begin with: events linked, keys reached, orders and keys that changed, events to link
-- again from nothing.
create or replace temp table linked_all (seq bigint, order_no bigint);
create or replace temp table reached_all (key ubigint);
create or replace temp table changed (order_no bigint);
create or replace temp table changed_key (key ubigint);
create or replace temp table redo (seq bigint);
create or replace temp table reused (event_id ubigint);
create or replace temp table new_name (trace ubigint, text varchar, kind varchar, value ubigint);
create or replace temp table new_tie (trace ubigint, text varchar, other ubigint)
