-- When something came that was not cut off, of sources that deliver by a timetable, and when the next came.
select source, received_at as heard_at, lead(received_at) over (partition by source order by received_at) as next_heard
from (
    select distinct source, received_at from raw
    where list_contains($timed::varchar[], source) and received_at between $from_at and $now
        and raw_id not in (select raw_id from source_fault where code = 'batch_incomplete')
)
order by all
