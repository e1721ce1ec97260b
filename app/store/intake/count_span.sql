-- Spans are items of their source, too.
insert into source_hour
select source, date_trunc('hour', received_at), count(*), 0, 0, 0, count(*), max(received_at), null from fresh_span group by all
