-- The events of the purchase orders near, up to now, without those that another claim on their id outdid. `moment` and
-- `version` sort as in the trail of an order. Only the owner's word counts; `step` is what it moves.
create or replace temp table supply as
select m.no, m.po, e.seq, e.source, split_part(e.source, '.', 1) as role, e.type, e.occurred_at,
    coalesce(e.revision, 1) as revision, e.lines, coalesce(len(e.lines), 0) > 0 as lined, e.partner, e.location,
    e.entity, try_cast(e.amount as decimal(18, 6)) as amount, e.currency, e.promised_at, nullif(e.attrs, '{}') as attrs,
    coalesce(list_filter(e.keys, lambda k: starts_with(k, 'inv:'))[1], e.event_id::varchar) as own_doc,
    s.rank is null or list_contains(t.owners, split_part(e.source, '.', 1))
        or (split_part(e.source, '.', 1) = 'erp_legacy' and list_contains(t.owners, 'erp')) as owned,
    (epoch_us(e.occurred_at)::hugeint * 128 + (127 - coalesce(s.rank, 99))) * 18446744073709551616 + e.event_id as moment
from member m
join event e on m.seq = e.seq
left join event_type t on e.type = t.type
left join source_role s on split_part(e.source, '.', 1) = s.role
anti join outdone d on e.seq = d.seq
where e.seq between $low and $high and e.occurred_at <= $now
    and (split_part(e.type, '.', 1) in ('purchase_order', 'asn', 'receipt', 'supplier_invoice')
        or e.type in ('message.acknowledged', 'payment.applied'));

create or replace temp view supplied as from supply where owned;

insert into wake
select m.no, min(e.occurred_at) from event e join member m on e.seq = m.seq
where e.seq between $low and $high and e.occurred_at > $now group by m.no
