-- The spans of every trace that the events at hand carry or that names one of their keys, as far as they were known.
with own_text as (
    select distinct kind || ':' || substr(text, length(kind) + length(split_part(text, ':', 2)) + 3) as text from (
        select kind, text from node semi join own using (order_no)
        union select kind, text from reach semi join own using (order_no) where kind not in ('cpo', 'bol', 'ld')
    )
),
trace as (
    select distinct trace_id from event semi join near_seq using (seq) where seq between $first and $last and trace_id is not null
    union
    select distinct trace_id from spans.span where started_at between $earliest and $latest
        and list_has_any(keys, (select list(text) from own_text))
)
select s.* from spans.span s semi join trace t on s.trace_id = t.trace_id
where s.started_at between $earliest and $latest and s.received_at <= $known and s.started_at <= $now
