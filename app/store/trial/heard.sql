-- The moments from $from_at on after which nothing came of a source for longer than $least, and when something came again. Spans
-- count as far back as they are kept. With a stopped clock what was said counts by its own time.
with heard as (
    select source, case when $frozen then occurred_at else received_at end as moment from event
    union select source, received_at from raw where not $frozen
    union select source, received_at from spans.span where not $frozen
)
select source, moment as heard_at, lead(moment) over (partition by source order by moment) as next_heard
from heard where source <> '' and source <> 'people' and moment between $from_at and $now
qualify coalesce(next_heard, $now) - moment > $least
order by all
