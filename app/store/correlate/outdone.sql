-- Of two events that claim one id but say different things, the greater (recorded, then content) counts; the others
-- are outdone, and so is what a newer reading of its message has superseded. `reused` holds the ids that new events claim
-- again or of which a newer reading was heard.
create or replace temp table claim as
select e.seq, e.event_id, s.event_id is not null as read_anew,
    row_number() over (
        partition by e.event_id order by s.event_id is not null, e.recorded_at desc nulls last, e.content desc
    ) as place
from event e semi join reused r on e.event_id = r.event_id
left join (select distinct raw_id, event_id, content from superseded where until is null) s
    on e.raw_id = s.raw_id and e.event_id = s.event_id and e.content = s.content
where e.seq <= $last;
delete from outdone where seq in (select seq from claim);
insert into outdone select seq from claim where place > 1 or read_anew
