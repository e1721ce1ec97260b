-- What does not fit in an order, under the code that names it. What only waits for a report does so for its grace.
insert into found by name
with live as (
    select code, any_value(owner) as owner, any_value(severity) as severity, any_value(grace) as grace from judged_code
    where need not in (select type from unfed) group by code
)
select b.order_no, 'ledger' as kind, b.code, b.cause, case when b.subject = '' then 'order' else split_part(b.subject, ':', 1) end as subject_type,
    case when b.subject = '' then o.order_id else b.subject end as subject, -- Several orders may share a shipment, an invoice or a return.
    concat_ws(' ', coalesce(b.occurrence, '1'), case when split_part(b.subject, ':', 1) not in ('', 'fo') then o.order_id end) as occurrence,
    coalesce(b.since, o.last_at) + to_microseconds(l.grace) as since,
    case when l.owner in ('partner', 'warehouse') then coalesce(b.partner, o.partner) when l.owner in ('integration', 'finance', 'credit', 'order-desk') then 'erp' end as system,
    coalesce(b.partner, o.partner) as partner, l.owner, l.severity, null::varchar as detail
from broken b join folded_orders o on b.order_no = o.order_no join live l on b.code = l.code
