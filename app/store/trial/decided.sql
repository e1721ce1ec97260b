-- The verdicts on the Dues of one rule, each from the minute at which it was known: a stop in time when it has arrived, a
-- breach from the first instant after the due moment.
with d as (
    select coalesce(partner, '') as partner, case when met_at <= due_at then 'met' else 'breached' end as state,
        case when met_at <= due_at then greatest(met_at, stop_arrived_at) else due_at + interval 1 microsecond end as known
    from due
    where rule = $rule and void_at is null and due_at is not null and (met_at <= due_at or due_at < $now)
)
select partner, time_bucket(interval 1 minute, known - interval 1 microsecond) + interval 1 minute as at, state,
    count(*) as n
from d where known <= $now group by all order by all
