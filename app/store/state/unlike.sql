-- What a node or a CRM tells of products or units that the order does not know: another product on a line, or a unit for
-- which the product has no pack.
insert into broken by name
with packed as (
    select key as sku, unnest(json_keys(packs)) as uom from master where kind = 'product' and json_valid(packs)
),
told as (
    select s.order_no, s.act_no, s.sku, s.uom, o.sku as order_sku, o.uom as order_uom from said_line s join counted c on s.act_no = c.act_no
    left join ordered o on s.order_no = o.order_no and (o.line = s.line or (s.line = '' and o.sku = s.sku))
    where s.sku is not null and c.type in ('fulfillment.acknowledged', 'pick.confirmed', 'pick.shorted', 'shipment.dispatched', 'shipment.delivered', 'return.received')
        and not c.shared and s.order_no not in (select order_no from ordered where implied or sku is null)
),
strange as (
    select t.order_no, t.act_no, t.sku, case when t.order_sku is null or (t.sku <> t.order_sku
            and t.sku not in (select sku from ordered o where o.order_no = t.order_no)) then 'product' else 'unit' end as cause,
        case when t.order_sku is null or t.sku <> t.order_sku then t.sku else concat_ws(' ', t.sku, t.uom) end as told
    from told t
    where t.order_sku is null or t.sku not in (select sku from ordered o where o.order_no = t.order_no)
        or (t.sku = t.order_sku and t.uom <> t.order_uom and not exists (select 1 from packed p where p.sku = t.sku and p.uom in (t.uom, t.order_uom)))
)
select s.order_no, 'master_data_mismatch' as fact, min(s.cause) as cause, '' as subject, string_agg(distinct s.told, ' ' order by s.told) as occurrence,
    min(a.occurred_at) as since, min(a.source) as partner
from strange s join act a on s.act_no = a.act_no
where s.cause = 'unit' or s.sku not in (select sku from ordered o where o.order_no = s.order_no)
group by s.order_no
