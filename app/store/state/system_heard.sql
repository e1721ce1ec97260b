-- What new events tell of systems: an outage of a partner, or that a full extract was compared with what we hold.
select distinct case when type = 'reconciliation.completed' then 'extract' else 'outage' end as kind from event
where seq between $first and $last and type in (
    'partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed', 'reconciliation.completed'
)
