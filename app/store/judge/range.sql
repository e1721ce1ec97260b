-- The orders with the numbers from $first to $last are to be folded.
create or replace temp table touched as
select distinct order_no from node where order_no between $first and $last
