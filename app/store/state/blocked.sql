-- Why an order cannot go on: a decision or a repair outside the normal flow is missing. One row per cause; the first
-- cause of an order that has no code of its own carries `order_blocked`, the others are shown beside it.
insert into reason by name
select order_no, code as cause, due_at as since, system, case when subject_type = 'fo' then subject else '' end as fo, partner, subject as detail from missed;
insert into found by name
with said as (
    select r.order_no, r.cause, coalesce(c.code, h.code) as code, r.since, r.system, coalesce(r.partner, o.partner) as partner, coalesce(r.fo, '') as fo,
        o.order_id, coalesce(r.owner, c.owner, h.owner) as owner, coalesce(c.severity, h.severity) as severity, r.detail
    from reason r join folded_orders o on r.order_no = o.order_no
    left join blocking_cause c on r.cause = c.cause left join blocking_cause h on h.cause = split_part(r.cause, ':', 1)
),
first as (
    select *, code = 'order_blocked' and row_number() over (partition by order_no, code order by since, cause, detail, system, fo) > 1 as later from said
)
select order_no, 'blocked' as kind, case when not later then nullif(code, '') end as code, cause,
    case when fo <> '' then 'fo' else 'order' end as subject_type, case when fo <> '' then fo else order_id end as subject,
    case when code = 'order_blocked' then cause || ' ' else '' end || strftime(since, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, since, system, partner, owner, severity, detail
from first
