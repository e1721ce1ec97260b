-- The ledger of each purchase order by line: ordered (as last created or changed, less what was cancelled) and confirmed
-- are set; announced, counted, posted and invoiced add once per document. A step or line without a quantity is the
-- whole of what it names; an order of which no line is known has one line of 1.
create or replace temp table supply_line as
select no, seq, type, revision, moment, occurred_at, doc, lined, nullif(l.line, '') as line, l.sku as sku,
    try_cast(l.qty as decimal(18, 6)) as qty, l.uom as uom, l.price as price
from (
    select s.*, coalesce(d.doc, s.own_doc) as doc, unnest(case when lined then lines else [null] end) as l
    from supplied s
    left join (
        select seq, case when kind = 'asn' then 'asn.received' else 'receipt' end as of_type, min(name) as doc
        from near_name where kind <> 'po' group by seq, kind
    ) d on s.seq = d.seq and starts_with(s.type, d.of_type)
);

create or replace temp table purchased as
with told as (
    select *, coalesce(line, sku, '') as place from supply_line
    where type in ('purchase_order.created', 'purchase_order.sent', 'purchase_order.changed', 'purchase_order.cancelled') and lined
),
last_word as (
    select no, place, arg_max(sku, row(revision, moment)) as sku, arg_max(uom, row(revision, moment)) as uom,
        arg_max(price, row(revision, moment)) as price,
        arg_max(qty, row(revision, moment)) filter (where type <> 'purchase_order.cancelled') as qty,
        sum(qty) filter (where type = 'purchase_order.cancelled') as cancelled,
        bool_or(type <> 'purchase_order.cancelled') as ordered,
        coalesce(arg_max(type = 'purchase_order.cancelled' and qty is null, moment), false) as gone
    from told group by no, place
)
select no, place as line, sku, uom, price,
    case when gone then 0 else greatest(coalesce(qty, 1) - coalesce(cancelled, 0), 0) end as qty
from last_word where ordered
union all
select distinct no, '', null, null, null, 1 from supply_line s
where not exists (select 1 from told t where t.no = s.no and t.type <> 'purchase_order.cancelled')
    and not exists (select 1 from supply_line o where o.no = s.no and o.lined);

-- A line is found by its number where the product agrees, else by its product. Quantities are turned into the unit of
-- the order by the pack table of the product. What an event says for several orders counts for one that ordered it.
create or replace temp table placed_step as
with pack as (
    select key as sku, unnest(json_keys(packs)) as uom, packs from master where kind = 'product' and json_valid(packs)
),
factor as (select sku, uom, try_cast(packs ->> ('$."' || uom || '"') as decimal(18, 6)) as n from pack),
found as (
    select s.*, coalesce(a.line, b.line) as known, coalesce(a.uom, b.uom) as order_uom, coalesce(a.qty, b.qty) as whole_qty
    from supply_line s
    left join purchased a on s.no = a.no and s.line = a.line and (s.sku is null or a.sku is null or s.sku = a.sku)
    left join (
        select no, sku, min(line) as line, arg_min(uom, line) as uom, arg_min(qty, line) as qty
        from purchased where sku is not null group by no, sku
    ) b on s.no = b.no and s.sku = b.sku and a.line is null
    where s.lined
),
placed as (
    select no, seq, type, moment, occurred_at, doc, coalesce(known, line, sku, '') as line, sku, uom,
        coalesce(qty * case when uom is null or order_uom is null or uom = order_uom then 1 else
            coalesce((select n from factor f where f.sku = found.sku and f.uom = found.uom), 1)
            / coalesce((select n from factor f where f.sku = found.sku and f.uom = found.order_uom), 1) end, whole_qty, 1) as qty,
        qty is null as whole
    from found
    qualify dense_rank() over (partition by seq, line, sku order by known is null, no) = 1 or type like 'purchase_order.%'
)
select no, seq, type, moment, occurred_at, doc, line, max(sku) as sku, max(uom) as uom, sum(qty) as qty, bool_or(whole) as whole
from placed group by all;

-- A posting without lines posts what its receipt counted, a count without lines what its advance notice announced; any
-- other step without lines is about the whole order.
create or replace temp table supply_step as
with unlined as (
    select s.no, s.seq, s.type, s.moment, s.occurred_at, s.doc, case s.type when 'receipt.posted' then s.doc else a.name end as paper
    from supply_line s left join (select seq, min(name) as name from near_name where kind = 'asn' group by seq) a on s.seq = a.seq
    where not s.lined
),
paper as (
    select no, case type when 'receipt.counted' then 'receipt.posted' else 'receipt.counted' end as type, doc as paper, line,
        arg_max(sku, moment) as sku, arg_max(uom, moment) as uom, arg_max(qty, moment) as qty
    from placed_step where type in ('receipt.counted', 'asn.received') group by all
),
copied as (
    select u.* exclude (paper), p.line, p.sku, p.uom, p.qty, false as whole from unlined u join paper p using (no, type, paper)
)
from placed_step
union all by name from copied
union all by name
select u.* exclude (paper), p.line, p.sku, p.uom, p.qty, true as whole
from unlined u join purchased p on u.no = p.no anti join copied c on u.no = c.no and u.seq = c.seq;

create or replace temp table folded_purchase_line as
with measured as (
    select *, case type when 'purchase_order.acknowledged' then 'confirmed' when 'asn.received' then 'announced'
        when 'receipt.counted' then 'counted' when 'receipt.posted' then 'posted'
        when 'supplier_invoice.received' then 'invoiced' when 'payment.applied' then 'cleared' end as measure
    from supply_step
),
once as (
    select no, line, measure, case when measure = 'confirmed' then '' else doc end as doc,
        arg_max(qty, moment) as qty, arg_max(whole, moment) as whole, arg_max(sku, moment) as sku,
        arg_max(uom, moment) as uom, min(occurred_at) as first_at
    from measured where measure is not null group by all
),
tally as (
    select no, line, measure, max(sku) as sku, max(uom) as uom, min(first_at) as first_at,
        greatest(max(qty) filter (where whole), sum(qty) filter (where not whole)) as qty
    from once group by all
),
every as (
    select no, line, sku, uom, price, qty from purchased
    union all by name
    select t.no, t.line, max(t.sku) as sku, max(t.uom) as uom, case when any_value(k.no) is not null then 0 end as qty
    from tally t anti join purchased p on t.no = p.no and t.line = p.line
    left join (select distinct no from purchased) k on t.no = k.no group by t.no, t.line
)
select e.no, e.line, any_value(e.sku) as sku, any_value(e.uom) as uom, any_value(e.price) as price,
    any_value(e.qty) as ordered,
    coalesce(max(t.qty) filter (where measure = 'confirmed'), 0) as confirmed,
    coalesce(max(t.qty) filter (where measure = 'announced'), 0) as announced,
    coalesce(max(t.qty) filter (where measure = 'counted'), 0) as counted,
    coalesce(max(t.qty) filter (where measure = 'posted'), 0) as posted,
    coalesce(max(t.qty) filter (where measure = 'invoiced'), 0) as invoiced,
    max(t.first_at) filter (where measure = 'counted') as counted_at,
    max(t.first_at) filter (where measure = 'posted') as posted_at,
    max(t.first_at) filter (where measure = 'invoiced') as invoiced_at,
    max(t.first_at) filter (where measure = 'cleared') as cleared_at
from every e left join tally t on e.no = t.no and e.line = t.line
group by e.no, e.line
