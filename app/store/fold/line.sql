-- The quantity ledger. Created, changed, allocated and backordered set the lines they name; every other step adds
-- once per document and line. A step without lines covers the lines of the object it names: those of its shipment,
-- else of its fulfillment order, else of the whole order. An order that never named a line has one implied line.
create or replace temp table said_line as
select order_no, seq, type, moment, version, doc, fo, box,
    coalesce(l.line, '') as line, l.sku as sku, try_cast(l.qty as decimal(18, 6)) as qty, l.uom as uom, l.price as price
from (
    select order_no, seq, type, moment, version,
        case type
            when 'order.released' then coalesce(list_filter(keys, lambda k: starts_with(k, 'fo:'))[1], event_id::varchar)
            when 'shipment.dispatched' then coalesce(list_filter(keys, lambda k: starts_with(k, 'sh:'))[1],
                list_filter(keys, lambda k: starts_with(k, 'tr:'))[1], event_id::varchar)
            when 'shipment.posted' then coalesce(list_filter(keys, lambda k: starts_with(k, 'sh:'))[1], event_id::varchar)
            when 'shipment.delivered' then coalesce(list_filter(keys, lambda k: starts_with(k, 'sh:'))[1],
                list_filter(keys, lambda k: starts_with(k, 'tr:'))[1], event_id::varchar)
            when 'invoice.posted' then coalesce(list_filter(keys, lambda k: starts_with(k, 'inv:'))[1], event_id::varchar)
            when 'credit.issued' then coalesce(list_filter(keys, lambda k: starts_with(k, 'cm:'))[1], event_id::varchar)
            when 'return.received' then coalesce(list_filter(keys, lambda k: starts_with(k, 'rc:'))[1], event_id::varchar)
            else event_id::varchar
        end as doc,
        list_filter(keys, lambda k: starts_with(k, 'fo:'))[1] as fo,
        list_filter(keys, lambda k: starts_with(k, 'sh:') or starts_with(k, 'tr:') or starts_with(k, 'pk:')
            or starts_with(k, 'sscc:') or starts_with(k, 'pro:')) as box,
        unnest(case when coalesce(len(lines), 0) = 0 then [null] else lines end) as l
    from act
    where type in (select type from measure) or type in ('order.captured', 'order.created', 'order.changed')
);

-- What was ordered: the captured lines only until the ERP has spoken.
create or replace temp table ordered as
with spoken as (
    select *, type = 'order.captured' as captured from said_line
    where type in ('order.captured', 'order.created', 'order.changed') and qty is not null
),
valid as (
    select * from spoken s
    where not captured or s.order_no not in (select order_no from spoken where not captured)
)
select order_no, case when line = '' then coalesce(sku, '?') else line end as line,
    arg_max(sku, version) as sku, arg_max(uom, version) as uom,
    arg_max(price, version) as price, arg_max(qty, version) as qty, false as implied
from valid group by all
union all
select order_no, '', null, null, null, 1::decimal(18, 6), true from anchor
where order_no not in (select order_no from valid);

-- A line named only by its SKU is the order's line with that SKU.
create or replace temp table step_line as
select s.order_no, s.seq, s.type, s.moment, s.doc, s.fo, s.box, s.qty,
    coalesce(o.line, p.line) as line, s.qty is not null and coalesce(o.line, p.line) is not null as explicit
from said_line s
left join ordered o on s.order_no = o.order_no and s.line <> '' and s.line = o.line
left join (select order_no, sku, min(line) as line from ordered group by all) p
    on s.order_no = p.order_no and o.line is null and s.sku = p.sku
where s.type in (select type from measure);

create or replace temp table fo_line as
select order_no, fo, line, arg_max(qty, moment) as qty from step_line
where explicit and fo is not null and type in ('order.released', 'fulfillment.requested')
group by all;

-- Each step on each line, with the quantity; 'whole' where the step named nothing smaller than the order.
create or replace temp table covered as
select order_no, seq, type, moment, doc, line, qty, false as whole, box from step_line where explicit
union all
select s.order_no, s.seq, s.type, s.moment, s.doc, f.line, f.qty, false, s.box
from step_line s join fo_line f on s.order_no = f.order_no and s.fo = f.fo
where not s.explicit and s.type not in ('order.created', 'order.cancelled');

create or replace temp table box_line as
select order_no, box, line, max(qty) as qty from (
    select order_no, unnest(box) as box, line, qty from covered where type = 'shipment.dispatched' and len(box) > 0
) group by all;

insert into covered
select s.order_no, s.seq, s.type, s.moment, s.doc, b.line, max(b.qty), false, []
from step_line s join box_line b on s.order_no = b.order_no and list_contains(s.box, b.box)
where not s.explicit and s.type <> 'shipment.dispatched'
    and not exists (select 1 from covered c where c.order_no = s.order_no and c.seq = s.seq)
group by all;

insert into covered
select s.order_no, s.seq, s.type, s.moment, s.doc, o.line, o.qty, true, []
from step_line s join ordered o on s.order_no = o.order_no
where not s.explicit and not exists (select 1 from covered c where c.order_no = s.order_no and c.seq = s.seq);

create or replace temp table tally as
with once as (
    select c.order_no, c.line, m.measure, m.sets, c.whole, c.doc, arg_max(c.qty, c.moment) as qty,
        max(c.moment) as moment
    from covered c join measure m on c.type = m.type
    where m.measure <> ''
    group by all
)
select order_no, line, measure,
    case when bool_or(sets) then arg_max(qty, moment)
        when bool_or(whole) then greatest(max(qty) filter (where whole), coalesce(sum(qty) filter (where not whole), 0))
        else sum(qty) end as qty
from once group by order_no, line, measure;

create or replace temp table folded_line as
with ledger as (
    select o.order_no, o.line, o.sku, o.uom, o.price, o.implied, o.qty as ordered,
        coalesce(sum(t.qty) filter (where t.measure = 'cancelled'), 0) as cancelled,
        coalesce(sum(t.qty) filter (where t.measure = 'allocated'), 0) as allocated,
        coalesce(sum(t.qty) filter (where t.measure = 'backordered'), 0) as backordered,
        coalesce(sum(t.qty) filter (where t.measure = 'released'), 0) as released,
        coalesce(sum(t.qty) filter (where t.measure = 'acknowledged'), 0) as acknowledged,
        coalesce(sum(t.qty) filter (where t.measure = 'picked'), 0) as picked,
        coalesce(sum(t.qty) filter (where t.measure = 'shipped'), 0) as shipped,
        coalesce(sum(t.qty) filter (where t.measure = 'posted'), 0) as posted,
        coalesce(sum(t.qty) filter (where t.measure = 'delivered'), 0) as delivered,
        coalesce(sum(t.qty) filter (where t.measure = 'invoiced'), 0) as invoiced,
        coalesce(sum(t.qty) filter (where t.measure = 'returned'), 0) as returned,
        coalesce(sum(t.qty) filter (where t.measure = 'credited'), 0) as credited
    from ordered o left join tally t on o.order_no = t.order_no and o.line = t.line
    group by all
),
-- A backorder holds the line back until it is allocated after it.
reached as (
    select c.order_no, c.line,
        max(m.stage_rank) filter (where m.stage_rank < 10 and m.stage not in ('allocated', 'backordered')) as prepared,
        max(m.stage_rank) filter (where m.stage = 'in_transit') as moving,
        arg_max(m.stage_rank, c.moment) filter (where m.stage in ('allocated', 'backordered')) as supply
    from covered c join measure m on c.type = m.type
    group by all
)
select l.*,
    case
        when l.ordered - l.cancelled <= 0 then -1
        when l.delivered >= l.ordered - l.cancelled then 12
        when l.shipped >= l.ordered - l.cancelled then coalesce(r.moving, 10)
        when r.moving is not null and l.shipped = 0 then r.moving
        else greatest(coalesce(r.prepared, 0), coalesce(r.supply, 0))
    end as stage_rank
from ledger l left join reached r on l.order_no = r.order_no and l.line = r.line
