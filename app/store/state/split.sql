-- One leg of the order is delivered, and of another nothing was ever heard, though a clock of it has run out.
insert into broken by name
select f.order_no, 'split_leg_missing' as fact, 'nothing_heard' as cause, f.key as subject, '1' as occurrence, greatest(min(d.delivered_at), min(j.due_at)) as since, any_value(f.partner) as partner
from folded_fulfillment f join folded_fulfillment d on f.order_no = d.order_no and d.key <> f.key and d.delivered_at is not null
left join judged j on f.order_no = j.order_no and f.key = j.subject and j.subject_type = 'fo' and j.met_at is null and j.void_at is null
where coalesce(f.stage_rank, 5) <= 6 and coalesce(f.stage, '') not in ('cancelled', 'rejected') and coalesce(f.released_at, f.requested_at) < d.delivered_at
group by f.order_no, f.key
