-- Ids that events from $first to $last claim although another event has them; and those of which a newer reading of
-- their message has been heard in between, or that stand in between and are superseded.
create or replace temp table reused as
select distinct event_id from event where seq between $first and $last and list_contains(flags, 'id_reused')
union
select s.event_id from superseded s join event m on s.raw_id = m.raw_id or s.until = m.received_at
where m.seq between $first and $last and m.source = 'people' and m.type = 'message.replayed'
union
select s.event_id from superseded s join event e on s.event_id = e.event_id where e.seq between $first and $last
