-- What had not happened by $now says who belongs together, but is not told: neither the events nor their numbers.
create or replace temp table later_key as
select hash(text) as key from (
    select distinct unnest(keys) as text from event where occurred_at > $now
    except select distinct unnest(keys) from event where occurred_at <= $now
);
delete from link where seq in (select seq from event where occurred_at > $now);
delete from node where kind not in ('so', 'ch') and key in (select key from later_key);
delete from reach where key in (select key from later_key)
