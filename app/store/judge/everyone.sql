-- Everything that stands is looked at.
create or replace temp table judged_order as
select distinct order_no from due union select order_no from judgement
