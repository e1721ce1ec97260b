-- The next stored events that had arrived by $known, in order; $so_far of them are copied already.
select $so_far + row_number() over (order by e.seq) as seq, e.* exclude (seq) from event e
where e.seq > $after and e.seq <= $upto
    and case when $frozen and not e.received_given then e.occurred_at else e.received_at end <= $known
