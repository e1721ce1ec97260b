-- What was told of outages and circuits: each that began, why, and when its end was told of.
with word as (
    select coalesce(e.partner, e.source) as partner, e.type in ('partner.outage_started', 'circuit.opened') as down,
        e.occurred_at as moment, e.event_id, e.reason
    from event e anti join outdone o on e.seq = o.seq
    where e.type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed') and e.occurred_at <= $now
),
turned as (
    select *, row(moment, event_id) as place, down is distinct from lag(down) over (partition by partner order by moment, event_id) as turns
    from word
),
turn as (
    select partner, down, count(*) filter (where turns) over (partition by partner order by moment, event_id) as n, moment, place, reason
    from turned
),
spell as (
    select partner, n, bool_and(down) as down, min(moment) as began_at, arg_min(reason, place) filter (where reason is not null) as cause
    from turn group by partner, n
)
select s.partner, coalesce(s.cause, 'unreachable') as cause, s.began_at, s.began_at as due_at, e.began_at as ended_at
from spell s left join spell e on s.partner = e.partner and e.n = s.n + 1 where s.down order by all
