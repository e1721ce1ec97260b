-- Spans by source and hour: the new ones, and those that were known already.
insert into spans.span_hour
select source, date_trunc('hour', received_at), count(*) filter (where not known), count(*) filter (where known), max(received_at)
from counted_span group by all
