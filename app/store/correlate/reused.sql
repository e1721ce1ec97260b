-- Ids that events from $first to $last claim although another event has them.
create or replace temp table reused as
select distinct event_id from event where seq between $first and $last and list_contains(flags, 'id_reused')
