-- Of two events that claim one id but say different things, the greater (recorded, then content) counts; the others
-- are outdone, and the orders of all of them are folded again. `reused` holds the ids that new events claim again.
create or replace temp table claim as
select e.seq, e.event_id,
    row_number() over (partition by e.event_id order by e.recorded_at desc nulls last, e.content desc) as place
from event e semi join reused r on e.event_id = r.event_id
where e.seq <= $last;
delete from outdone where seq in (select seq from claim);
insert into outdone select seq from claim where place > 1;
insert into linked_all select l.seq, l.order_no from link l semi join claim c on l.seq = c.seq
