-- Accepted messages whose outcome never appeared at the receiver: which message leads to what is a small table.
insert into found by name
with accepted as (
    select a.order_no, a.event_id, a.occurred_at, a.arrived_at, a.moment, a.partner, split_part(a.partner, '.', 1) as role,
        list_transform(a.keys, lambda k: split_part(k, ':', 1)) as kinds
    from act a where a.type = 'message.acknowledged' and a.partner is not null
),
expected as (
    select a.order_no, a.event_id, a.occurred_at, a.partner, a.role, c.type, arg_min(c.kind, c.place) as kind, arg_min(a.arrived_at + to_microseconds(c.within), c.place) as since
    from accepted a join (select *, row_number() over () as place from outcome) c on a.role = c.role
        and (c.kind = '' or list_contains(a.kinds, c.kind))
    where c.type not in (select type from unfed)
    group by a.order_no, a.event_id, a.occurred_at, a.partner, a.role, c.type
),
missing as (
    select e.* from expected e where not exists (select 1 from act t where t.order_no = e.order_no and t.type = e.type
        and (e.kind <> '' or t.occurred_at >= e.occurred_at - interval 5 minute))
)
select m.order_no, 'outcome' as kind, 'outcome_missing' as code, m.type as cause, 'order' as subject_type, o.order_id as subject,
    concat(m.type, ' ', strftime(min(m.since), '%Y-%m-%dT%H:%M:%S.%f')) as occurrence, min(m.since) as since, arg_min(m.partner, row(m.since, m.partner)) as system,
    'mw' as other, o.partner, case when m.role = 'crm' then 'crm-integration' else 'integration' end as owner, 'high' as severity
from missing m join folded_orders o on m.order_no = o.order_no
where o.stage_rank between 0 and 12 group by m.order_no, m.type, m.role, o.order_id, o.partner
