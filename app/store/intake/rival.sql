-- The ids of `probe` that an event which counts has already.
select distinct e.event_id from event e semi join probe p on e.event_id = p.event_id
anti join (from superseded where until is null) s on e.event_id = s.event_id and e.content = s.content and e.raw_id = s.raw_id
