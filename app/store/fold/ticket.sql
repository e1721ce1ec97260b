-- Tickets of the service desk.
-- needs ticket:
create or replace temp table folded_ticket as
select n.order_no, n.key,
    case when arg_max(a.type, a.moment) filter (where a.type like 'ticket.%') in ('ticket.resolved', 'ticket.closed')
        then split_part(arg_max(a.type, a.moment) filter (where a.type like 'ticket.%'), '.', 2)
        else coalesce(arg_max(a.status, a.moment), 'open') end as status,
    arg_min(a.reason, a.moment) as reason,
    min(a.occurred_at) filter (where a.type = 'ticket.opened') as opened_at,
    max(a.occurred_at) filter (where a.type = 'ticket.resolved') as resolved_at,
    max(a.occurred_at) filter (where a.type = 'ticket.closed') as closed_at, max(a.occurred_at) as last_at
from named n join act a on n.act_no = a.act_no
where n.kind = 'ticket'
group by n.order_no, n.key
