-- Events above $after that bear on orders which they do not name: what people said of identity, and outages of partners.
select seq from event
where seq > $after and seq <= $upto and (
    (source = 'people' and type in ('link.added', 'link.cut', 'suspicion.dismissed'))
    or type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed'))
