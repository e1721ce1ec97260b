-- What rules read of purchase orders: those made anew in this step (`folded_purchase_order`, `member`) join the subjects,
-- steps and labels. Only the word of the owner counts; a cancelled line ends nothing while others stand.
create or replace temp table supplied_step as
select p.no, e.type, e.occurred_at, coalesce(s.rank, 99) as source_rank, e.event_id,
    case when $frozen and not e.received_given then e.occurred_at else e.received_at end as arrived_at,
    coalesce(case e.type when 'asn.received' then try_cast(e.attrs ->> '$.eta' as timestamp)
        when 'purchase_order.acknowledged' then try_cast(e.attrs ->> '$.confirmed_at' as timestamp)
        else try_cast(e.attrs ->> '$.need_by' as timestamp) end, e.promised_at) as promised_at,
    coalesce(e.revision, 1) as revision, e.source, p.supplier as partner, e.carrier, coalesce(e.location, p.location) as location,
    coalesce(e.entity, p.entity) as entity, nullif(e.attrs, '{}') as attrs,
    case when d.kind is not null then regexp_replace(list_sort(list_filter(e.keys, lambda k: starts_with(k, d.kind || ':')))[1], d.prefix, '')
        end as message
from folded_purchase_order p
semi join also_touched a on p.no = a.no
join member m on p.no = m.no
join event e on m.seq = e.seq
left join event_type t on e.type = t.type
left join source_role s on split_part(e.source, '.', 1) = s.role
left join document_kind d on e.type = d.type
anti join outdone o on e.seq = o.seq
where e.type in (select type from rule_type where over = 'po') and e.occurred_at <= $now
    and (s.rank is null or list_contains(t.owners, split_part(e.source, '.', 1))
        or (split_part(e.source, '.', 1) = 'erp_legacy' and list_contains(t.owners, 'erp')))
    and (e.type <> 'purchase_order.cancelled' or coalesce(len(e.lines), 0) = 0 or p.stage = 'cancelled');

create or replace temp table supplied_subject as
select (row_number() over () - 1 + (select count(*) from subject))::uinteger as number, 'po' as over, 'po' as subject_type, key,
    no as order_no, false as many, 0::usmallint as apart
from folded_purchase_order semi join also_touched using (no);
insert into subject by name from supplied_subject;

create or replace temp table supplied_step as
select (row_number() over () + (select coalesce(max(act_no), 0) from act))::uinteger as step, * from supplied_step;
insert into step by name
select step, no as order_no, type, occurred_at, source_rank, event_id, arrived_at, promised_at, revision, message
from supplied_step;
insert into concern by name
select s.number as subject, r.what, e.step
from supplied_step e join supplied_subject s on e.no = s.order_no join rule_type r on r.over = 'po' and e.type = r.type;

create or replace temp view label as
select * from label_of_order
union all by name
select s.step, s.partner, s.carrier, s.location as node, s.attrs ->> '$.mode' as mode, s.attrs ->> '$.document' as document,
    s.entity, p.amount::double as value, s.source
from supplied_step s join folded_purchase_order p using (no)
where s.type in (select type from rule_start)
