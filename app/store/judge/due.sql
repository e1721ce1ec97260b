-- The touched orders take their new Dues.
delete from due where order_no in (select order_no from touched);
insert into due by name select * from judged
