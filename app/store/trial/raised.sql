-- What of `wanted` one rule raises: its own breaches, and judgements that carry its code, which go by their kind alone.
select code, subject_type, subject, occurrence, order_id, so, customer, coalesce(partner, '') as partner, severity, owner,
    started_at, due_at, met_at
from wanted
where (rule = $rule or (code = $code and rule = lower(rule))) and (due_at >= $frm or $frm is null) and (due_at < $to or $to is null)
order by due_at, so, subject, occurrence, code
