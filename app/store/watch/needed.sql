-- Whether any span or data point is new, or a quarter of an hour that began by $before waits to be counted.
select coalesce((select max(seq) from spans.span), 0) > span_seq
    or coalesce((select max(seq) from spans.interface_metric), 0) > point_seq
    or exists (select 1 from interface_pending where begun_at <= $before) as needed
from interface_cursor
