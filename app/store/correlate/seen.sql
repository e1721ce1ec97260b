-- What each source has sent, brought up to date by the events at hand.
create or replace temp table heard as
select e.source, max(e.occurred_at) as last_event_at, max(e.received_at) as last_seen_at, count(*) as events
from event e semi join fresh_seq f on e.seq = f.seq
where e.seq >= (select min(seq) from fresh_seq)
group by e.source
union all select s.* from source_seen s;
delete from source_seen where source in (select source from heard);
insert into source_seen
select source, max(last_event_at), max(last_seen_at), sum(events) from heard group by source
