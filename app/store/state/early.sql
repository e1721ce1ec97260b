-- What a node says to have done for a fulfillment order before anybody could have asked for it, by more than clocks may differ,
-- where a whole number of hours more would put it right: `detail` of them. It accuses nobody yet: see judge/doubt.
insert into found by name
with suspect as (
    from folded_fulfillment where least(acknowledged_at, picked_at, packed_at, dispatched_at) < least(released_at, requested_at) - interval 5 minute
)
select w.order_no, 'too_early' as kind, 'before_release' as cause, 'fo' as subject_type, w.fo as subject, w.source as occurrence,
    min(w.arrived_at) as since, max(w.arrived_at) as until, w.source as system, any_value(w.partner) as partner, 'partner' as owner,
    'medium' as severity, max(w.hours)::varchar as detail
from (
    select a.order_no, l.fo, a.source, f.partner, a.occurred_at, a.arrived_at,
        ceil(epoch(least(f.released_at, f.requested_at) - a.occurred_at) / 3600)::bigint as hours
    from act a join event_leg l on a.order_no = l.order_no and a.seq = l.seq
    join suspect f on l.order_no = f.order_no and l.fo = f.key
    where a.role in ('3pl', 'wms') and split_part(a.type, '.', 1) in ('fulfillment', 'wave', 'pick', 'package', 'shipment')
        and a.occurred_at < least(f.released_at, f.requested_at) - interval 5 minute
) w
where w.arrived_at >= w.occurred_at + to_hours(w.hours) group by w.order_no, w.fo, w.source
