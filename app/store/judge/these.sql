-- What was just judged is looked at.
create or replace temp table judged_order as select order_no from touched union select no from also_touched
