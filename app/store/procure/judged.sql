-- What is wrong with purchase orders: counted other than announced (by advance notice, once a count names it, else in
-- total where more came than was announced), the warehouse's own word of it, and goods that came unannounced. And what the
-- supplier confirmed otherwise than the ERP plans: a later date, or less, of which the order does not know yet.
create or replace temp table folded_purchase_finding as
with counted_for as (
    select n.seq, min(n.name) as asn from near_name n where n.kind = 'asn' group by n.seq
),
announced as (
    select no, doc as asn, line, sum(qty) as qty from (
        select no, doc, line, arg_max(qty, moment) as qty from supply_step where type = 'asn.received' group by all
    ) group by all
),
counted as (
    select no, asn, line, sum(qty) as qty, max(last_at) as last_at from (
        select s.no, c.asn, s.line, s.doc, arg_max(s.qty, s.moment) as qty, max(s.occurred_at) as last_at
        from supply_step s join counted_for c on s.seq = c.seq
        join supply e on s.seq = e.seq and s.no = e.no
        where s.type = 'receipt.counted' and coalesce(e.attrs ->> '$.complete', 'true') <> 'false'
        group by all
    ) group by all
),
unequal as (
    select a.no, a.asn, coalesce(max(c.last_at), max(w.last_at)) as since
    from announced a join (select no, asn, max(last_at) as last_at from counted group by all) w on a.no = w.no and a.asn = w.asn
    left join counted c on a.no = c.no and a.asn = c.asn and a.line = c.line
    where a.qty <> coalesce(c.qty, 0) group by a.no, a.asn
    union all
    select c.no, c.asn, max(c.last_at) from counted c
    semi join announced k on c.no = k.no and c.asn = k.asn
    anti join announced a on c.no = a.no and c.asn = a.asn and c.line = a.line group by c.no, c.asn
    union all
    select no, '', counted_at from folded_purchase_order where counted > announced and announced > 0
    union all
    select no, '', min(occurred_at) from supplied where type = 'receipt.discrepancy' group by no
),
-- Lines of which the supplier has said less; of those that it has not spoken of yet nothing is known.
less as (select distinct no from folded_purchase_line where confirmed > 0 and confirmed < ordered),
unplanned as (
    select p.no, case when p.need_by is not null and coalesce(p.asn_eta_at, p.confirmed_at) > p.need_by + interval 1 day then 'date' else 'quantity' end as cause,
        max(s.occurred_at) as since
    from folded_purchase_order p join supplied s on p.no = s.no and s.type in ('purchase_order.acknowledged', 'asn.received')
    where p.counted_at is null and p.posted_at is null
        and (coalesce(p.asn_eta_at, p.confirmed_at) > p.need_by + interval 1 day or p.no in (select no from less))
        and not exists (select 1 from supplied c where c.no = p.no and c.type = 'purchase_order.changed' and c.moment > s.moment)
    group by p.no, p.need_by, p.asn_eta_at, p.confirmed_at
),
wrong as (
    select no, 'receipt_discrepancy' as fact, min(since) as since,
        string_agg(distinct nullif(asn, ''), ', ' order by nullif(asn, '')) as detail
    from unequal group by no
    union all
    select no, 'asn_missing', counted_at, null from folded_purchase_order where counted_at is not null and asn_at is null
    union all
    select no, 'supply_update_unplanned', since, cause from unplanned
)
select w.no as order_no, w.fact as kind, w.fact, w.fact as cause, 'po' as subject_type, p.key as subject,
    strftime(w.since, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, w.since as known_at, p.location as system, p.supplier as partner, w.detail
from wrong w join folded_purchase_order p on w.no = p.no where p.cancelled_at is null
