-- What was told of outages and circuits of those partners of whom something new was heard.
select coalesce(e.partner, e.source) as partner, e.source, e.type in ('partner.outage_started', 'circuit.opened') as down,
    e.occurred_at as at, e.event_id, e.reason
from event e anti join outdone o on e.seq = o.seq
where e.type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed')
    and coalesce(e.partner, e.source) in (
        select coalesce(partner, source) from event where seq between $first and $last
            and type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed')
    ) and e.occurred_at <= $now
