-- How many Dues of one rule stand in each state, those that fell or fall due in the period.
select case when void_at is not null then 'void' when met_at is not null and (due_at is null or met_at <= due_at) then 'met'
    when met_at is not null or due_at < $now then 'breached' else 'running' end as state, count(*) as n
from due
where rule = $rule and (due_at >= $frm or $frm is null) and (due_at < $to or $to is null)
group by all
