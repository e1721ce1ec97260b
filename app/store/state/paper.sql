-- Two invoices for the same goods; credits and dispositions that are not what was returned.
create or replace temp table paper as
with several as (
    select order_no from folded_invoice where kind = 'invoice' and shipment is not null group by order_no, shipment having count(*) > 1
)
select order_no, type, occurred_at, lines, attrs, key, split_part(key, ':', 1) as kind from (
    select a.order_no, a.type, a.occurred_at, a.lines, a.attrs, unnest(a.keys) as key from act a
    where a.type = 'return.posted' or (a.type = 'invoice.posted' and a.order_no in (select order_no from several))
) where starts_with(key, 'inv:') or starts_with(key, 'rma:');

-- needs paper
insert into broken by name
with billed as (
    select n.order_no, n.key, n.occurred_at as at, i.shipment, i.amount, i.credited, coalesce(md5(list_sort(list_transform(n.lines, lambda l: concat_ws(':', l.line, l.sku, l.qty)))::varchar), i.amount::varchar) as content
    from paper n join folded_invoice i on n.order_no = i.order_no and n.key = i.key
    where n.kind = 'inv' and n.type = 'invoice.posted' and i.shipment is not null and coalesce(i.credited, 0) < coalesce(i.amount, 1)
),
sent_back as (
    select order_no, key, unnest(lines) as l from paper where kind = 'rma' and type = 'return.posted' and len(lines) > 0
),
returned as (
    select r.order_no, r.key, r.credited, r.credited_at, r.posted_at, sum(r.qty * r.price) as value, bool_and(r.price is not null) as priced
    from (
        select m.order_no, m.key, m.credited, m.credited_at, m.posted_at, try_cast(p.l.qty as decimal(18, 6)) as qty,
            coalesce(try_cast(p.l.price as decimal(18, 6)), try_cast(o.price as decimal(18, 6))) as price
        from folded_rma m join sent_back p on m.order_no = p.order_no and m.key = p.key
        left join folded_line o on p.order_no = o.order_no and (o.line = p.l.line or (coalesce(p.l.line, '') = '' and o.sku = p.l.sku))
        where m.credited is not null and m.posted_at is not null
    ) r group by all
),
kept as (
    select order_no, key, max(attrs ->> '$.disposition') as disposition, max(occurred_at) as at
    from paper where kind = 'rma' and type = 'return.posted' and attrs ->> '$.disposition' is not null group by all
)
select order_no, 'credit_amount' as fact, 'amount' as cause, key as subject, credited::varchar as occurrence, greatest(credited_at, posted_at) as since
from returned join tolerated t on t.fact = 'credit_amount' where priced and abs(credited - value) > greatest(t.most, abs(value) * t.share / 100)
union all
select r.order_no, 'credit_disposition', 'disposition', r.key, concat(r.disposition, '>', k.disposition), greatest(r.inspected_at, k.at)
from folded_rma r join kept k on r.order_no = k.order_no and r.key = k.key where lower(r.disposition) <> lower(k.disposition)
union all
select b.order_no, u.rule, min(a.key), b.key, b.key, min(b.at)
from billed b join billed a on b.order_no = a.order_no and b.shipment = a.shipment and b.content = a.content and b.key <> a.key
    and (a.at < b.at or (a.at = b.at and a.key < b.key))
cross join (select distinct rule from alike where over = 'inv') u
group by u.rule, b.order_no, b.key
