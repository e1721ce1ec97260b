-- A step should have been undone, and undoing it failed; until it is done after all.
insert into broken by name
select order_no, 'compensation_failed' as fact, coalesce(arg_max(coalesce(attrs ->> '$.step', reason), moment) filter (where type = 'compensation.failed'), 'undoing') as cause,
    '' as subject, strftime(max(occurred_at), '%Y-%m-%dT%H:%M:%S.%f') as occurrence, max(occurred_at) as since, max(partner) as partner
from act where type in ('compensation.started', 'compensation.completed', 'compensation.failed')
group by order_no having arg_max(type, moment) = 'compensation.failed'
