-- What could not be taken; a message that names no source of its own counts for nobody.
insert into source_hour
select source, date_trunc('hour', received_at), 0, 0, count(*), 0, max(received_at), null from rows_in group by all
