-- What was known already.
insert into source_hour
select source, date_trunc('hour', received_at), 0, count(*), 0, 0, max(received_at), null from known_again
where source not in ('people', 'orderscope')
group by all
