-- What a step finds out, empty to begin with: events linked, keys reached, orders and keys that changed, events to link
-- again from nothing.
create or replace temp table linked_all (seq bigint, order_no bigint);
create or replace temp table reached_all (key ubigint);
create or replace temp table changed (order_no bigint);
create or replace temp table changed_key (key ubigint);
create or replace temp table redo (seq bigint)
