-- The quantity ledger. Created, changed, allocated and backordered set the lines they name; every other step adds
-- once per document and line; what one event says of a line in several entries (lots, bins, schedules) adds up. A step
-- without lines covers the lines of the object it names: those of its parcel,
-- else of its fulfillment order, else of the whole order. An order that never named a line has one implied line.

-- A drop-shipped order is fulfilled by the supplier: its words about the purchase order are the node's.
create or replace temp table drop_ship as
select order_no from trail where attrs ->> '$.kind' = 'drop_ship'
union
select order_no from trail where type like 'purchase_order.%' and act_no in (select act_no from named where kind = 'po')
    and order_no not in (select order_no from trail where type in ('order.released', 'fulfillment.requested'));

-- The steps that count, each with the document that it is a line of: its shipment, invoice, credit, receipt or notice,
-- the fulfillment order that was released, else the event itself.
create or replace temp table counted as
with document as (
    select act_no, kind, min(key) as key from named where kind in ('asn', 'inv', 'cm', 'rc') group by act_no, kind
)
select t.act_no, t.order_no, t.moment, t.version, t.revision, t.revision_said, t.location, t.shared, b.fo,
    case when d.order_no is null then t.type when t.type = 'asn.received' then 'shipment.dispatched'
        when t.type = 'purchase_order.acknowledged' then 'fulfillment.acknowledged'
        when t.type = 'purchase_order.sent' then 'fulfillment.requested' else t.type end as type,
    case when c.document = 'sh' and b.sh is not null then hash(b.sh) when c.document = 'fo' and b.fo is not null then hash(b.fo)
        when k.key is not null then hash(k.key) else t.event_id end as doc
from act t
join counted_type c on t.type = c.type
left join drop_ship d on t.order_no = d.order_no
left join about b on t.act_no = b.act_no
left join document k on t.act_no = k.act_no and c.document = k.kind
where (d.order_no is not null or t.type not in ('asn.received', 'purchase_order.acknowledged', 'purchase_order.sent')) and not t.elsewhere;

-- The lines that they name.
create or replace temp table said_line as
select act_no, order_no, coalesce(l.line, '') as line, l.sku, try_cast(l.qty as decimal(18, 6)) as qty, l.uom, l.price
from (select act_no, order_no, unnest(lines) as l from act semi join counted_type using (type) where len(lines) > 0 and not elsewhere);

-- What each event orders, by line. A line without a number goes by its product.
create or replace temp table ordering as
select c.order_no, version, revision, type = 'order.captured' as captured, coalesce(nullif(line, ''), sku, '?') as line,
    min(sku) as sku, min(uom) as uom, min(price) as price, sum(qty) as qty
from counted c join said_line using (act_no)
where type in ('order.captured', 'order.created', 'order.changed') and qty is not null group by all;

-- What was ordered: the captured lines only until the ERP has spoken.
create or replace temp table ordered as
with valid as (
    select s.* from ordering s
    anti join (select distinct order_no from ordering where not captured) e on s.captured and s.order_no = e.order_no
)
select order_no, line, arg_max(sku, version) as sku, arg_max(uom, version) as uom,
    arg_max(price, version) as price, arg_max(qty, version) as qty, arg_max(revision, version) as revision, false as implied
from valid group by all
union all
select order_no, '', null, null, null, 1::decimal(18, 6), 1, true
from anchor anti join valid using (order_no);

-- A line named only by its SKU is the order's line with that SKU. Quantities are turned into the unit of the order by
-- the pack table of the product; where it does not know the unit, they stand as they are.
create or replace temp table step_line as
with pack as (
    select key as sku, unnest(json_keys(packs)) as uom, packs from master where kind = 'product' and packs is not null
),
factor as (select sku, uom, try_cast(packs ->> ('$."' || uom || '"') as decimal(18, 6)) as n from pack),
matched as (
    select c.*, l.sku, l.qty, l.uom, coalesce(o.line, p.line) as line,
        case when o.line is not null then o.uom else p.uom end as order_uom
    from counted c left join said_line l on c.act_no = l.act_no
    left join ordered o on c.order_no = o.order_no and l.line <> '' and l.line = o.line
    left join (select order_no, sku, min(line) as line, arg_min(uom, line) as uom from ordered where sku is not null group by all) p
        on c.order_no = p.order_no and o.line is null and l.sku = p.sku
    where c.type not in ('order.captured', 'order.changed')
)
select m.act_no, m.order_no, m.type, m.moment, m.revision, m.revision_said, m.doc, m.fo, m.line, m.location, m.shared,
    case when m.uom is null or m.order_uom is null or m.uom = m.order_uom then m.qty
        else m.qty * coalesce(a.n, 1) / coalesce(b.n, 1) end as qty,
    m.qty is not null and m.line is not null as explicit
from matched m
left join factor a on m.sku = a.sku and m.uom = a.uom and m.uom <> m.order_uom
left join factor b on m.sku = b.sku and m.order_uom = b.uom and m.uom <> m.order_uom
-- What other orders have is none of this one's, unless it never named a line itself.
where not m.shared or m.line is not null or m.order_no in (select order_no from ordered where implied);

-- What each leg was asked for, again and again.
-- needs event_leg
create or replace temp table leg_asked as
select s.order_no, e.fo as leg, s.line, s.revision, s.moment, sum(s.qty) as qty from step_line s join event_leg e on s.act_no = e.act_no
where s.explicit and s.type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested') group by all;
-- needs leg_asked
create or replace temp table leg_line as
select order_no, leg, line, arg_max(qty, moment) as qty from leg_asked group by all;
-- What was picked of it: what is packed or leaves without lines is of that, and the wave before it counts no more.
-- needs pick.confirmed, event_leg
create or replace temp table leg_pick as
select s.order_no, e.fo as leg, s.line, sum(s.qty) as qty from step_line s join event_leg e on s.act_no = e.act_no
where s.explicit and s.type = 'pick.confirmed' group by all;

-- Each step on each line, with the quantity; `whole` where the step named nothing smaller than the order. What a node takes
-- on is what it was asked for by then, or in the revision that it names, whatever it ships. Where any entry of
-- an event tells a line and its quantity, the entries that do not tell nothing.
create or replace temp table covered as
select order_no, act_no, type, moment, doc, fo as leg, line, sum(qty) as qty, false as whole from step_line where explicit group by all;
-- needs leg_line
insert into covered
select s.order_no, s.act_no, s.type, s.moment, s.doc, f.leg, f.line, case when k.leg is null then f.qty when s.type = 'wave.released' then 0
        when s.type in ('package.packed', 'shipment.dispatched') then least(coalesce(p.qty, 0), f.qty) else f.qty end, false
from step_line s join event_leg e on s.act_no = e.act_no
join leg_line f on s.order_no = f.order_no and e.fo = f.leg
left join (select distinct order_no, leg from leg_pick) k on f.order_no = k.order_no and f.leg = k.leg
left join leg_pick p on f.order_no = p.order_no and f.leg = p.leg and f.line = p.line
anti join (
    select e.act_no, k.packed from event_shipment e join (
        select distinct d.order_no, d.sh, s.type = 'package.packed' as packed from event_shipment d
        join step_line s on d.act_no = s.act_no
        where s.explicit and s.type in ('package.packed', 'shipment.dispatched')
    ) k on e.order_no = k.order_no and e.sh = k.sh
) b on s.act_no = b.act_no and (s.type = 'shipment.dispatched') = b.packed
anti join (select act_no from step_line where explicit) x on s.act_no = x.act_no
where not s.explicit and s.type not in ('order.created', 'order.cancelled', 'pick.shorted', 'fulfillment.acknowledged');
-- needs fulfillment.acknowledged, leg_asked
insert into covered
select s.order_no, s.act_no, s.type, s.moment, s.doc, f.leg, f.line,
    coalesce(arg_max(f.qty, row(f.revision, f.moment)) filter (where f.revision <= s.revision_said or (s.revision_said is null and f.moment <= s.moment)), arg_min(f.qty, f.moment)), false
from step_line s join event_leg e on s.act_no = e.act_no
join leg_asked f on s.order_no = f.order_no and e.fo = f.leg
anti join (select act_no from step_line where explicit) x on s.act_no = x.act_no
where not s.explicit and s.type = 'fulfillment.acknowledged' group by all;

-- needs whose
update covered c set qty = least(c.qty, o.qty) from ordered o, (select act_no from trail where shared) s
where c.act_no = s.act_no and c.order_no = o.order_no and c.line = o.line and not c.whole;

-- What a shipment carries: what its dispatch says, else what was packed into its parcels.
-- needs event_shipment
insert into covered
with carried as (
    select d.order_no, d.sh, c.leg, c.line, bool_or(c.type = 'shipment.dispatched') as dispatched,
        coalesce(arg_max(c.qty, c.moment) filter (where c.type = 'shipment.dispatched'), sum(c.qty)) as qty
    from covered c join event_shipment d on c.act_no = d.act_no
    where c.type in ('package.packed', 'shipment.dispatched') group by all
)
select s.order_no, s.act_no, s.type, s.moment, s.doc, b.leg, b.line, max(b.qty), false
from step_line s join event_shipment e on s.act_no = e.act_no
join carried b on s.order_no = b.order_no and e.sh = b.sh and (s.type <> 'shipment.dispatched' or not b.dispatched)
anti join covered c on s.act_no = c.act_no
where not s.explicit and s.type <> 'pick.shorted'
group by all;

insert into covered
select s.order_no, s.act_no, s.type, s.moment, s.doc, s.fo, o.line, o.qty, true
from step_line s join ordered o on s.order_no = o.order_no
anti join covered c on s.act_no = c.act_no
where not s.explicit and s.type <> 'pick.shorted';

-- What was said of a shipment before it was voided counts no more; a node that refused or gave up an order without naming lines has released nothing.
-- needs shipment.voided or fulfillment.rejected or fulfillment.cancelled
create or replace temp table undone as
select a.order_no, hash(s.sh) as doc, null as leg, max(a.moment) as moment from act a join event_shipment s on a.act_no = s.act_no
where a.type = 'shipment.voided' group by all
union all
select l.order_no, null, l.fo, max(coalesce(r.moment, a.moment)) from act a join event_leg l on a.act_no = l.act_no
left join early_refusal r on l.act_no = r.act_no and l.fo = r.fo
where a.type in ('fulfillment.rejected', 'order.released', 'fulfillment.requested', 'fulfillment.acknowledged')
    or (a.type = 'fulfillment.cancelled' and coalesce(len(a.lines), 0) = 0)
group by all having arg_max(a.type, coalesce(r.moment, a.moment)) in ('fulfillment.rejected', 'fulfillment.cancelled');
-- needs undone
delete from covered c using undone u
where c.order_no = u.order_no and c.moment <= u.moment
    and (c.doc = u.doc or (c.leg = u.leg and c.type in ('order.released', 'fulfillment.requested', 'fulfillment.acknowledged')));

-- One quantity per line, leg and step, once per document.
create or replace temp table once as
select c.order_no, c.line, coalesce(c.leg, '') as leg, m.measure, m.sets, m.stage_rank as rank, c.whole, c.doc,
    arg_max(c.qty, c.moment) as qty, max(c.moment) as moment
from covered c join measure m on c.type = m.type
group by all;

create or replace temp table tally as
with whole_cancel as (
    select order_no, line, max(moment) as moment from once where measure = 'cancelled' and whole group by all
),
gone as (
    select w.order_no, w.line, coalesce(sum(o.qty), 0) as qty from whole_cancel w
    left join once o on w.order_no = o.order_no and w.line = o.line and o.measure = 'shipped' and o.moment < w.moment
    group by all
),
summed as (
    select order_no, line, measure,
        case when bool_or(whole) then greatest(max(qty) filter (where whole), coalesce(sum(qty) filter (where not whole), 0))
            else sum(qty) end as qty
    from once where measure <> '' and not sets group by order_no, line, measure
    union all
    select order_no, line, measure, arg_max(qty, moment) from (
        select order_no, line, measure, moment, sum(qty) as qty from once where sets group by all
    ) group by all
)
select s.order_no, s.line, s.measure, s.qty - case when s.measure = 'cancelled' then coalesce(g.qty, 0) else 0 end as qty
from summed s left join gone g on s.order_no = g.order_no and s.line = g.line and s.measure = 'cancelled';

create or replace temp table ledger as
with summed as (
    select order_no, line,
        sum(qty) filter (where measure = 'cancelled') as cancelled, sum(qty) filter (where measure = 'allocated') as allocated,
        sum(qty) filter (where measure = 'backordered') as backordered, sum(qty) filter (where measure = 'released') as released,
        sum(qty) filter (where measure = 'acknowledged') as acknowledged, sum(qty) filter (where measure = 'picked') as picked,
        sum(qty) filter (where measure = 'shipped') as shipped, sum(qty) filter (where measure = 'posted') as posted,
        sum(qty) filter (where measure = 'delivered') as delivered, sum(qty) filter (where measure = 'invoiced') as invoiced,
        sum(qty) filter (where measure = 'returned') as returned, sum(qty) filter (where measure = 'credited') as credited
    from tally group by order_no, line
)
select o.order_no, o.line, o.sku, o.uom, o.price, o.implied, o.revision, o.qty as ordered,
    coalesce(t.cancelled, 0) as cancelled, coalesce(t.allocated, 0) as allocated, coalesce(t.backordered, 0) as backordered,
    coalesce(t.released, 0) as released, coalesce(t.acknowledged, 0) as acknowledged, coalesce(t.picked, 0) as picked,
    coalesce(t.shipped, 0) as shipped, coalesce(t.posted, 0) as posted, coalesce(t.delivered, 0) as delivered,
    coalesce(t.invoiced, 0) as invoiced, coalesce(t.returned, 0) as returned, coalesce(t.credited, 0) as credited
from ordered o left join summed t on o.order_no = t.order_no and o.line = t.line;

-- How far the quantity that is still here has come. Each leg counts what reached a step and has not left; a leg is
-- over when its goods have left and the ERP then backordered, allocated or released the rest elsewhere. Where a node that has
-- not answered picks, packs or ships, it has taken on what it was asked for. `here_5` to `here_9`
-- are what is at that stage or beyond.
create or replace temp table staged_line as
with leg as (
    select order_no, line, leg, coalesce(sum(qty) filter (where measure = 'shipped'), 0) as shipped,
        max(moment) filter (where measure = 'shipped') as left_at, max(moment) filter (where rank in (3, 4, 5)) as again_at,
        arg_max(rank, moment) filter (where rank in (3, 4)) as supply, max(moment) filter (where rank in (3, 4)) as supply_at,
        max(moment) filter (where rank = 4) as short_at, max(moment) filter (where measure in ('released', 'picked')) as released_at,
        sum(qty) filter (where rank = 5) as at_5, sum(qty) filter (where rank = 6) as at_6,
        coalesce(sum(qty) filter (where rank = 7), case when max(rank) >= 8 then greatest(at_5, at_6) end) as at_7,
        sum(qty) filter (where rank = 8) as at_8, sum(qty) filter (where rank = 9) as at_9
    from once group by order_no, line, leg
),
passed as (
    select distinct l.order_no, l.line, l.leg from leg l
    join leg a on l.order_no = a.order_no and l.line = a.line and a.leg <> l.leg and a.again_at > l.left_at
),
here as (
    select l.*, case when o.leg is null then 1 else 0 end as counts,
        greatest(at_9) as most_9, greatest(at_8, most_9) as most_8, greatest(at_7, most_8) as most_7,
        greatest(at_6, most_7) as most_6, greatest(at_5, most_6) as most_5
    from leg l left join passed o on l.order_no = o.order_no and l.line = o.line and l.leg = o.leg
),
reach as (
    select order_no, line, arg_max(supply, supply_at) as supply, max(short_at) as short_at, max(released_at) as released_at,
        sum(counts * greatest(most_5 - shipped, 0)) filter (where most_5 is not null) as here_5,
        sum(counts * greatest(most_6 - shipped, 0)) filter (where most_6 is not null) as here_6,
        sum(counts * greatest(most_7 - shipped, 0)) filter (where most_7 is not null) as here_7,
        sum(counts * greatest(most_8 - shipped, 0)) filter (where most_8 is not null) as here_8,
        sum(counts * greatest(most_9 - shipped, 0)) filter (where most_9 is not null) as here_9
    from here group by order_no, line
),
moving as (
    select order_no, line, sum(qty) as qty from (
        select order_no, line, doc, max(qty) as qty from once where rank = 11 group by all
    ) group by all
)
select l.*, l.ordered - l.cancelled - l.shipped as open_qty,
    case
        when l.ordered - l.cancelled <= 0 then -1
        when l.delivered >= l.ordered - l.cancelled then 12
        when l.shipped >= l.ordered - l.cancelled then case when m.qty >= l.ordered - l.cancelled then 11 else 10 end
        when l.shipped = 0 and m.qty > 0 then 11
        when r.supply = 4 and r.short_at > coalesce(r.released_at, 0) then 4
        else greatest(coalesce(r.supply, 0), case when r.here_9 >= open_qty then 9 when r.here_8 >= open_qty then 8
            when r.here_7 >= open_qty then 7 when r.here_6 >= open_qty then 6 when r.here_5 >= open_qty then 5 else 0 end)
    end as stage_rank
from ledger l
left join reach r on l.order_no = r.order_no and l.line = r.line
left join moving m on l.order_no = m.order_no and l.line = m.line;

create or replace temp table folded_line as
with due as (
    select order_no, coalesce(nullif(l.line, ''), l.sku) as line, max(expected_at) as expected_at from (
        select order_no, unnest(lines) as l, coalesce(promised_at, try_cast(attrs ->> '$.expected_at' as timestamp)) as expected_at
        from act where type = 'order.backordered' and len(lines) > 0
    ) group by all
),
place as (
    select order_no, line, arg_max(location, moment) as location from step_line
    where location is not null and type in ('order.allocated', 'order.released', 'shipment.dispatched') group by all
)
select l.*, coalesce(g.stage, case l.stage_rank when -1 then 'cancelled' else 'created' end) as stage, d.expected_at, p.location, m.family
from staged_line l left join stage g on l.stage_rank = g.rank
left join due d on l.order_no = d.order_no and (l.line = d.line or l.sku = d.line)
left join place p on l.order_no = p.order_no and l.line = p.line
left join master m on m.kind = 'product' and l.sku = m.key
