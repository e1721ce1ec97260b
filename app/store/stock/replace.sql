-- The positions concerned take their new facts, and they and their sources their new judgements.
delete from position where no in (select no from stock_no);
insert into position by name from folded_position;
delete from position_check where no in (select no from stock_no);
insert into position_check by name select no, drift, drift_at, promised, usable from stock_check;
insert into also_touched select no from stock_no union select -(hash(source) >> 2)::bigint from latest_snapshot
