-- What is not an order has a negative number: it leaves `touched` for a place of its own. Nothing is found yet.
create or replace temp table woken as select order_no as no from touched where order_no < 0;
delete from touched where order_no < 0;
create temp table if not exists reused (event_id ubigint);
create or replace temp table reclaimed (seq bigint);
create or replace temp table moved_master (kind varchar, key varchar);
create or replace temp table folded_purchase_order as from purchase_order limit 0;
create or replace temp table folded_purchase_finding as from loose_finding limit 0;
create or replace temp table folded_stock_finding as from loose_finding limit 0
