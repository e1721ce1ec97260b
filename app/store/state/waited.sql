-- Sources that were never heard though something waits for them that is overdue, and since when.
select n.source, min(d.due_at) as since from due d join never_heard n on d.awaited = n.system
where d.due_at < $now and d.met_at is null and d.void_at is null group by n.source
