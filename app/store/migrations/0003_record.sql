-- Intake: what came of each source by hour of arrival, counted in the transaction that stores it. Rows are only added
-- (several may speak of one hour) and joined now and then; what people say is no source. Spans are counted in their own
-- file, beside them.
create table source_hour (
    source varchar, hour timestamp, accepted bigint, duplicates bigint, rejected bigint, late bigint,
    last_at timestamp, last_event_at timestamp
);
insert into source_hour
select source, date_trunc('hour', received_at), count(*), 0, 0, count(*) filter (where received_at - occurred_at > interval 1 hour),
    max(received_at), max(occurred_at)
from event where source not in ('people', 'orderscope') group by all;
insert into source_hour
select source, date_trunc('hour', received_at), 0, 0, count(*), 0, max(received_at), null from dead_letter group by all;

-- Intake: each time a message was read again, what came of each of its dead letters, and who did it. `body` is the message
-- as a person wrote it, where it was edited.
create table replay (
    raw_id bigint, letter varchar, item integer, replayed_at timestamp, person varchar, reason varchar, mapping varchar,
    result varchar, detail varchar, made varchar[]
);
create table edited (raw_id bigint, edited_at timestamp, person varchar, body blob);
-- Intake: what a newer reading of the same message has put in the place of an event, from when until when.
create table superseded (
    raw_id bigint, event_id ubigint, content ubigint, since timestamp, until timestamp
);
-- A dead letter is closed when a newer reading of its message has made something of its item, or nothing is left to make.
alter table dead_letter add column closed_at timestamp;
alter table dead_letter add column closed_by varchar;
alter table dead_letter add column result varchar;

-- Intake: what broke the agreement with a source: one row per message and code, with the first item and how many there
-- were. A newer reading of the message replaces its rows. `source_number` are the numbers of sources that number what they
-- send; below a whole stretch only its end is kept.
create table source_fault (
    source varchar, code varchar, raw_id bigint, item integer, named varchar, items bigint, detail varchar, at_first timestamp
);
create table source_number (source varchar, number bigint, received_at timestamp);
