-- Ten thousand more words about the five thousand newest orders, however many there are: two steps of each are said again, later.
create or replace temp table more_words as
select e.* replace ($last + row_number() over () as seq, hash(e.event_id, $turn) as event_id,
    e.occurred_at + to_minutes($turn) as occurred_at, e.received_at + to_minutes($turn) as received_at)
from event e
where e.item % 10 = $turn % 10 and split_part(e.native_id, '/', 1)::bigint > (
    select max(split_part(native_id, '/', 1)::bigint) - 5000 from event where item = 0
);
create or replace table bare_words as from event limit 0
