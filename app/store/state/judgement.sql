-- The touched orders take their new judgements; what else was touched takes its own, and orders that are like a touched
-- one those that come of it. They are spoken of as well. Of an order that was cancelled before anything left, nothing stands
-- that only waits for it to go on.
-- needs twin
delete from judgement where order_no in (select order_no from twin) and rule in (select rule from alike where over = 'order');
delete from judgement
where order_no in (select order_no from touched)
    or (order_no in (select no from also_touched) and kind not in ('outage', 'extract', 'noticed'));
-- needs found
insert into judgement by name
select * from found
where code is null or code not in (select code from moot_code)
    or order_no not in (select order_no from folded_orders where stage = 'cancelled');
-- needs twin
insert into also_touched select order_no from twin where order_no not in (select order_no from touched)
