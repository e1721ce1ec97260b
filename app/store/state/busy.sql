-- Partners of whom enough cases of the codes that tell of an outage are open.
select a.partner from alarm a join burst_code b on a.code = b.code
where a.condition = 'active' and a.partner is not null and a.due_at >= $since
group by a.partner having count(*) >= min(b.least)
