-- Invoices and credit memos, with what was paid and credited on them. One that names no shipment is of that of its delivery.
-- needs inv: or cm:
create or replace temp table folded_invoice as
with delivery as (
    select n.act_no, min(p.key) as sh from named n join folded_shipment p on n.order_no = p.order_no and n.key = p.fulfillment
    where n.kind = 'fo' and n.act_no in (select act_no from named where kind = 'inv') group by all
),
said as (
    select n.key, n.kind, coalesce(s.sh, d.sh) as sh, a.* from named n join act a on n.act_no = a.act_no
    left join about s on n.act_no = s.act_no
    left join delivery d on n.act_no = d.act_no
    where n.kind in ('inv', 'cm')
)
select order_no, key, case kind when 'inv' then 'invoice' else 'credit' end as kind,
    arg_max(try_cast(amount as decimal(18, 6)), moment) filter (where type in ('invoice.posted', 'credit.issued')
        and (kind = 'cm') = (type = 'credit.issued')) as amount,
    arg_max(currency, moment) as currency,
    min(sh) filter (where type = 'invoice.posted') as shipment,
    min(occurred_at) filter (where (kind = 'inv' and type = 'invoice.posted') or (kind = 'cm' and type = 'credit.issued')) as posted_at,
    max(occurred_at) filter (where type = 'invoice.disputed') as disputed_at,
    min(occurred_at) filter (where type = 'payment.applied') as paid_at,
    coalesce(sum(try_cast(amount as decimal(18, 6))) filter (where kind = 'inv' and type = 'credit.issued'), 0) as credited,
    max(occurred_at) as last_at
from said group by order_no, key, kind
