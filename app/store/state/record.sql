-- The forecast's own record: of the promises that fell due in the 90 days before $now, per partner and (partner null) in
-- all: how many, how many were broken, how many were said to be at risk before, and how many both. Said too late is not said.
with fell as (
    select coalesce(partner, '') as partner, promised_at, said_at, coalesce(kept_at > promised_at, true) as broken,
        coalesce(said_at < least(promised_at, coalesce(kept_at, promised_at)), false) as said
    from forecast where promised_at < $now and promised_at >= $now::timestamp - interval 90 day
)
select partner, grouping(partner) = 1 as every, count(*) as promises, count(*) filter (where broken) as broken,
    count(*) filter (where said) as said, count(*) filter (where said and broken) as hits,
    median(epoch(promised_at - said_at)) filter (where said and broken)::bigint as lead_seconds
from fell group by rollup (partner)
