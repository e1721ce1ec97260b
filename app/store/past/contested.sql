-- How many of the events at hand have an id that another message claims too.
select count(*) as n from event e semi join near_seq n on e.seq = n.seq
semi join (
    select event_id from event semi join outdone using (seq)
    where seq between (select min(seq) from outdone) and (select max(seq) from outdone)
) c on e.event_id = c.event_id
where e.seq between $first and $last
