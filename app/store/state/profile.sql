-- How long the steps of orders took that ended in the last 90 days: in working time (`measured`, one row per step that was
-- seen at both ends), per node, lane and kind of day, and per any of them. What was published stays as it is: a stretch of an
-- order is judged by what was known when it began.
insert into profile by name
select $version as version, $now as valid_from, step, coalesce(at_node, '') as at_node, coalesce(lane, '') as lane,
    coalesce(weekday, '') as weekday, count(*) as samples, quantile_cont(worked, 0.8)::bigint as p80_seconds,
    quantile_cont(passed, 0.95)::bigint as p95_seconds,
    list_transform(quantile_cont(worked, list_transform(range(21), lambda n: n / 20)), lambda q: q::bigint) as quantiles
from measured group by step, cube (at_node, lane, weekday)
having (grouping(at_node) = 1 or at_node <> '') and (grouping(lane) = 1 or lane <> '')
