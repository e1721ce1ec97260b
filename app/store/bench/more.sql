-- Ten thousand more words about the orders that are under way: every tenth of the newest events is said again, later.
create or replace temp table more_words as
select e.* replace ($last + row_number() over () as seq, hash(e.event_id, $turn) as event_id,
    e.occurred_at + to_minutes($turn) as occurred_at, e.received_at + to_minutes($turn) as received_at)
from event e where e.seq > $last - 100000 and e.seq % 10 = $turn % 10;
create or replace table bare_words as from event limit 0
