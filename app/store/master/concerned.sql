-- The entries to make anew, with all events that describe them: those described now, woken by a moment, or outdone.
create or replace temp table master_no as
select no from fresh_master
union
select w.no from master_word w semi join woken k on w.no = k.no
union
select w.no from master_word w semi join reclaimed r on w.seq = r.seq;
create or replace temp table master_near as select * from master_word where no in (select no from master_no)
