-- What each source has sent, brought up to date by the new events, which are those from $first to $last. What people and
-- this product say is no feed.
create or replace temp table heard as
select source, max(occurred_at) as last_event_at, max(received_at) as last_seen_at, count(*) as events
from event where seq between $first and $last and source not in ('people', 'orderscope')
group by source
union all select s.* from source_seen s;
delete from source_seen where source in (select source from heard);
insert into source_seen
select source, max(last_event_at), max(last_seen_at), sum(events) from heard group by source
