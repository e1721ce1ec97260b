-- What was found again of what is no order takes the place of what was found before.
delete from loose_finding where order_no in (select no from also_touched);
insert into loose_finding by name
from (from folded_loose union all by name from folded_purchase_finding union all by name from folded_stock_finding)
where order_no in (select no from also_touched)
