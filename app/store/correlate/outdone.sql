-- Of two events that claim one id but say different things, the greater (recorded, then content) counts; the others
-- are outdone, and the orders of all of them are folded again.
create or replace temp table claim as
select e.seq, e.event_id,
    row_number() over (partition by e.event_id order by e.recorded_at desc nulls last, e.content desc) as place
from event e
where e.event_id in (
    select event_id from event semi join fresh_seq using (seq) where list_contains(flags, 'id_reused')
) and e.seq <= (select max(seq) from fresh_seq);
delete from outdone where seq in (select seq from claim);
insert into outdone select seq from claim where place > 1;
insert into linked_all select l.seq, l.order_no from link l semi join claim c on l.seq = c.seq
