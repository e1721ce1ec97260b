-- A message of the order that could not be mapped, until anything of it goes on.
insert into reason by name
select a.order_no, 'data_invalid' as cause, max(a.occurred_at) as since, arg_max(a.source, a.moment) as system, arg_max(a.reason, a.moment) as detail
from act a join folded_orders o on a.order_no = o.order_no
where o.stage_rank between 0 and 11 and (a.type in ('mapping.failed', 'message.replayed', 'message.acknowledged') or a.stage_rank is not null)
group by a.order_no having arg_max(a.type, a.moment) = 'mapping.failed'
