-- These events of message $raw count no more.
insert into superseded select $raw, event_id, content, $at, null from older_now
