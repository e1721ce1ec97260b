insert into spans.span by name
select seq, raw_id, item, trace_id, span_id, parent_id, source, name, kind, started_at, duration_ns, status, message,
    keys, links, attrs, received_at
from fresh_span
