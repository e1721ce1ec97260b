-- Why an order cannot go on: a decision or a repair outside the normal flow is missing. One finding per cause.
-- needs missed
insert into reason by name
select order_no, code as cause, due_at as since, system, case when subject_type = 'fo' then subject else '' end as fo, partner, subject as detail from missed;
-- needs reason
insert into finding by name
select r.order_no, 'blocked' as kind, r.fact, r.cause, case when coalesce(r.fo, '') <> '' then 'fo' else 'order' end as subject_type,
    coalesce(nullif(r.fo, ''), o.order_id) as subject,
    case when r.fact = 'blocked' then r.cause || ' ' else '' end || strftime(r.since, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, r.since as known_at,
    r.system, coalesce(r.partner, o.partner) as partner, r.owner, r.detail
from reason r join folded_orders o on r.order_no = o.order_no
