-- The quarters of an hour of which new spans and data points tell; and the cursor moves.
insert into interface_pending
select source, time_bucket(interval 15 minute, started_at) from spans.span
where seq > (select span_seq from interface_cursor) and kind in ('server', 'client', 'producer', 'consumer')
union
select source, time_bucket(interval 15 minute, ended_at) from spans.interface_metric
where seq > (select point_seq from interface_cursor)
except select source, begun_at from interface_pending;

update interface_cursor set span_seq = coalesce((select max(seq) from spans.span), 0),
    point_seq = coalesce((select max(seq) from spans.interface_metric), 0)
