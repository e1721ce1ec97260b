-- What nodes did for fulfillment orders before anybody could have asked for it (judge/moment), `detail` hours early at most. It
-- accuses nobody yet: see judge/clock.
insert into found by name
select order_no, 'too_early' as kind, 'before_release' as cause, 'fo' as subject_type, fo as subject, source as occurrence,
    min(arrived_at) as since, max(arrived_at) as until, source as system, any_value(partner) as partner, 'partner' as owner,
    'medium' as severity, min(epoch(arrived_at - occurred_at)::bigint // 3600)::varchar as detail
from too_early group by order_no, fo, source
