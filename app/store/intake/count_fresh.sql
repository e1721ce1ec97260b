-- What the fresh events add to the counts of their sources; late is what comes longer after it happened than was agreed.
insert into source_hour
select f.source, date_trunc('hour', f.received_at), count(*), 0, 0,
    count(*) filter (where f.received_at - f.occurred_at > to_seconds(coalesce(b.late_seconds, 3600))),
    max(f.received_at), max(f.occurred_at)
from fresh f left join source_bound b on f.source = b.source
where f.source not in ('people', 'orderscope')
group by all
