-- What the interfaces concerned did since $since, by the quarter. What waits has the attempts of those who take it, as
-- metrics count them, else spans; its lag is the time in seconds that they need for it at their pace. A dead letter of the
-- source that was not mended by the end of a quarter is so many seconds old then.
with taken as (
    select interface, begun_at, sum(attempts) filter (where measured_by = 'metrics') as counted,
        sum(attempts) filter (where measured_by = 'spans') as seen
    from interface_window where side = 'consumer' and begun_at >= $since group by all
),
letter as (
    select q.source, q.begun_at, epoch(q.begun_at + interval 15 minute - min(d.received_at)) as dead_letter
    from (select distinct source, begun_at from interface_window where begun_at >= $since) q
    join dead_letter d on q.source = d.source and d.received_at < q.begun_at + interval 15 minute
        and coalesce(d.closed_at, timestamp 'infinity') >= q.begun_at + interval 15 minute
    group by q.source, q.begun_at
),
first as (
    select source, interface, side, measured_by, min(begun_at) as first_at
    from interface_window semi join concerned using (source, interface, side, measured_by) group by all
)
select w.source, w.interface, w.side, w.measured_by, to_json([w.source, w.interface, w.side, w.measured_by])::varchar as key, w.begun_at as at, f.first_at,
    case when w.side = 'queue' then coalesce(t.counted, t.seen)::bigint else w.attempts end as attempts,
    w.errors, w.retries, w.limited, w.p50, w.p95,
    case when w.side = 'queue' then case when w.depth = 0 then 0 else 900 * w.depth / nullif(coalesce(t.counted, t.seen), 0) end end as lag,
    l.dead_letter
from interface_window w join first f using (source, interface, side, measured_by)
left join taken t on w.interface = t.interface and w.begun_at = t.begun_at
left join letter l on w.source = l.source and w.begun_at = l.begun_at
where w.begun_at >= $since
order by key, w.begun_at
