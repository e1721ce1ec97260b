-- What of `wanted` one rule raises, in a period of due moments.
select code, subject_type, subject, occurrence, order_id, so, customer, coalesce(partner, '') as partner, severity, owner,
    started_at, due_at, met_at
from wanted
where rule = $rule and (due_at >= $frm or $frm is null) and (due_at < $to or $to is null)
order by due_at, so, subject, occurrence, code
