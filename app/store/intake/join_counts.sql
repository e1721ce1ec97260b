-- Rows of the same source and hour become one.
create or replace temp table joined_hour as
select source, hour, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected,
    sum(late)::bigint as late, max(last_at) as last_at, max(last_event_at) as last_event_at
from source_hour group by source, hour;
delete from source_hour;
insert into source_hour from joined_hour;
drop table joined_hour;
create or replace temp table joined_span as
select source, hour, sum(spans)::bigint as spans, sum(duplicates)::bigint as duplicates, max(last_at) as last_at
from spans.span_hour group by source, hour
