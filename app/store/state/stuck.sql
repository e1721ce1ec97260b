-- Stuck before the warehouse took it, from the missed clock on: sent or not, read or not, answered or not.
insert into found by name
with out as (select subject, since from judgement where kind = 'outage'),
late as (
    select order_no, subject_type, subject, min(due_at) as since, arg_min(system, row(due_at, system)) as system, min(partner) as partner,
        bool_and(code = 'release_not_sent') as unsent
    from missed where code in ('release_not_sent', 'ack_overdue') group by order_no, subject_type, subject
),
word as (
    select order_no, fo, max(dead) as dead, max(refused) as refused, max(good) as good, max(acknowledged) as acknowledged from letter group by all
)
select l.order_no, 'stuck' as kind,
    case when l.partner in (select subject from out) then 'partner_down' when l.unsent then 'not_sent'
        when w.refused > coalesce(w.good, 0) then 'rejected_technically'
        when w.acknowledged is null and not exists (select 1 from unfed where type = 'message.acknowledged' and source = '') then 'unacknowledged_technically'
        else 'no_business_ack' end as cause,
    l.subject_type, l.subject, '1' as occurrence, l.since, l.system, l.partner,
    case when l.unsent then 'integration' else 'partner' end as owner, 'high' as severity
from late l left join word w on l.order_no = w.order_no and (w.fo = l.subject or (l.subject_type = 'order' and w.fo = ''))
