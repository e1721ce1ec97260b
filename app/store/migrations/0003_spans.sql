-- Spans that came of each source by hour of arrival, counted in the transaction that stores them.
create table span_hour (source varchar, hour timestamp, spans bigint, duplicates bigint, last_at timestamp);
insert into span_hour
select source, date_trunc('hour', received_at), count(*), 0, max(received_at) from span group by all;
