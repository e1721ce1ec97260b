-- ERP and finance have invoiced different quantities.
insert into disagreed by name
with billed as (
    select order_no, role, sum(qty) as qty, max(arrived_at) as known_at from (
        select order_no, role, doc, line, max(qty) as qty, max(arrived_at) as arrived_at from (
            select order_no, role, doc, l.line as line, try_cast(l.qty as decimal(18, 6)) as qty, arrived_at from (
                select order_no, role, coalesce(list_filter(keys, lambda k: starts_with(k, 'inv:'))[1], event_id::varchar) as doc, arrived_at, unnest(lines) as l
                from trail where type = 'invoice.posted' and len(lines) > 0 and not shared and role in ('erp', 'fin')
            )
        ) group by all
    ) group by all
)
select e.order_no, 'erp' as truth, 'fin' as system, 'fin' as role, 'invoiced' as field, e.qty::varchar as truth_value, f.qty::varchar as view_value,
    case when f.qty < e.qty then 'behind' else 'ahead' end as direction, greatest(e.known_at, f.known_at) as known_at, abs(f.qty - e.qty) as gap, e.qty as whole
from billed e join billed f on e.order_no = f.order_no and e.role = 'erp' and f.role = 'fin' where e.qty <> f.qty
