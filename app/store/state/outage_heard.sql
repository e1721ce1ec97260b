-- Whether new events tell of an outage at all.
select seq from event
where seq between $first and $last and type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed')
limit 1
