-- The events of older readings of message $raw that count by now and that the reading `read_now` does not make.
select e.event_id, e.content, e.type, e.source, e.native_id, e.occurred_at, e.keys from event e
anti join read_now n on e.event_id = n.event_id and e.content = n.content
anti join (from superseded where until is null) s on e.event_id = s.event_id and e.content = s.content and e.raw_id = s.raw_id
where e.raw_id = $raw and e.source <> 'people'
order by e.seq
