-- The touched orders take their new judgements; what else was touched takes its own.
delete from judgement
where order_no in (select order_no from touched) or (order_no in (select no from also_touched) and kind not in ('outage', 'extract', 'noticed'));
insert into judgement by name select * from found
