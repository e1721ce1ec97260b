-- The events at hand that had arrived by $known, numbered without gaps.
select row_number() over (order by e.seq) as seq, e.* exclude (seq) from event e semi join near_seq n on e.seq = n.seq
where e.seq between $first and $last
    and case when $frozen and not e.received_given then e.occurred_at else e.received_at end <= $known
