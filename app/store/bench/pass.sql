-- The floor of a rebuild: one bare pass over the same events, the last word of each order.
create or replace temp table passed as
select split_part(native_id, '/', 1)::bigint as n, arg_max(type, occurred_at) as type,
    max(occurred_at) as at_last, count(*) as events
from event group by n
