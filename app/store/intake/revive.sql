-- What the new reading says again counts again.
update superseded set until = $at
where until is null and exists (select 1 from kept_now k where k.event_id = superseded.event_id and k.content = superseded.content)
