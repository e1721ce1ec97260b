-- The positions to make anew: those spoken of, those for which a moment has come, those whose event another outdid, and
-- those that a complete snapshot of their place leaves out.
create or replace temp table stock_no as
select no from fresh_word
union
select w.no from stock_word w semi join woken k on w.no = k.no
union
select w.no from stock_word w semi join reclaimed r on w.seq = r.seq
union
select w.no from stock_word w
semi join (select distinct source, location from fresh_word where complete) f on w.source = f.source and w.location = f.location
