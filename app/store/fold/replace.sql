-- The touched orders take their new facts.
delete from orders where order_no in (select order_no from touched);
insert into orders by name from folded_orders;
delete from order_line where order_no in (select order_no from touched);
insert into order_line by name
select l.*, coalesce(g.stage, 'created') as stage from folded_line l left join stage g on l.stage_rank = g.rank
where l.order_no in (select order_no from folded_orders);
delete from milestone where order_no in (select order_no from touched);
insert into milestone by name select m.* from folded_milestone m semi join folded_orders o on m.order_no = o.order_no;
delete from view where order_no in (select order_no from touched);
insert into view by name select v.* from folded_view v semi join folded_orders o on v.order_no = o.order_no;
delete from hold where order_no in (select order_no from touched);
insert into hold by name select h.* from folded_hold h semi join folded_orders o on h.order_no = o.order_no;
delete from object where order_no in (select order_no from touched);
insert into object by name select b.* from folded_object b semi join folded_orders o on b.order_no = o.order_no;

