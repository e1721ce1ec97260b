-- The quantity ledger. Created, changed, allocated and backordered set the lines they name; every other step adds
-- once per document and line; what one event says of a line in several entries (lots, bins, schedules) adds up. A step
-- without lines covers the lines of the object it names: those of its parcel,
-- else of its fulfillment order, else of the whole order. An order that never named a line has one implied line.

-- A drop-shipped order is fulfilled by the supplier: its words about the purchase order are the node's.
create or replace temp table drop_ship as
select order_no from trail group by order_no
having bool_or(attrs ->> '$.kind' = 'drop_ship')
    or (bool_or(type like 'purchase_order.%' and list_bool_or(list_transform(keys, lambda k: starts_with(k, 'po:'))))
        and not bool_or(type in ('order.released', 'fulfillment.requested')));

-- The steps that count, each with the document that it is a line of: its shipment, invoice, credit, receipt or notice,
-- the fulfillment order that was released, else the event itself.
create or replace temp table counted as
with document as (
    select order_no, seq, kind, min(key) as key from named
    where kind in ('asn', 'inv', 'cm', 'rc') group by order_no, seq, kind
)
select t.order_no, t.seq, t.event_id, t.moment, t.version, t.revision, t.revision_said, t.location, t.shared, f.fo,
    case when d.order_no is null then t.type when t.type = 'asn.received' then 'shipment.dispatched'
        when t.type = 'purchase_order.acknowledged' then 'fulfillment.acknowledged'
        when t.type = 'purchase_order.sent' then 'fulfillment.requested' else t.type end as type,
    coalesce(case c.document when 'sh' then s.sh when 'fo' then f.fo else k.key end, t.event_id::varchar) as doc
from act t
join counted_type c on t.type = c.type
left join drop_ship d on t.order_no = d.order_no
left join in_shipment s on t.order_no = s.order_no and t.seq = s.seq
left join in_leg f on t.order_no = f.order_no and t.seq = f.seq
left join document k on t.order_no = k.order_no and t.seq = k.seq and c.document = k.kind
where (d.order_no is not null or t.type not in ('asn.received', 'purchase_order.acknowledged', 'purchase_order.sent')) and not t.elsewhere;

create or replace temp table said_line as
with told as (
    select order_no, seq, l.line, l.sku, try_cast(l.qty as decimal(18, 6)) as qty, l.uom, l.price
    from (select order_no, seq, unnest(lines) as l from act semi join counted_type using (type) where len(lines) > 0)
)
select c.*, coalesce(l.line, '') as line, l.sku, l.qty, l.uom, l.price
from counted c left join told l on c.order_no = l.order_no and c.seq = l.seq;

-- What each event orders, by line. A line without a number goes by its product.
create or replace temp table ordering as
select order_no, version, revision, type = 'order.captured' as captured, coalesce(nullif(line, ''), sku, '?') as line,
    min(sku) as sku, min(uom) as uom, min(price) as price, sum(qty) as qty
from said_line where type in ('order.captured', 'order.created', 'order.changed') and qty is not null group by all;

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
    select s.* exclude (line), coalesce(o.line, p.line) as line,
        case when o.line is not null then o.uom else p.uom end as order_uom
    from said_line s
    left join ordered o on s.order_no = o.order_no and s.line <> '' and s.line = o.line
    left join (select order_no, sku, min(line) as line, arg_min(uom, line) as uom from ordered where sku is not null group by all) p
        on s.order_no = p.order_no and o.line is null and s.sku = p.sku
    where s.type not in ('order.captured', 'order.changed')
)
select m.order_no, m.seq, m.event_id, m.type, m.moment, m.revision, m.revision_said, m.doc, m.fo, m.line, m.location, m.shared,
    case when m.uom is null or m.order_uom is null or m.uom = m.order_uom then m.qty
        else m.qty * coalesce(a.n, 1) / coalesce(b.n, 1) end as qty,
    m.qty is not null and m.line is not null as explicit
from matched m
left join factor a on m.sku = a.sku and m.uom = a.uom and m.uom <> m.order_uom
left join factor b on m.sku = b.sku and m.order_uom = b.uom and m.uom <> m.order_uom
-- What other orders have is none of this one's, unless it never named a line itself.
where not m.shared or m.line is not null or m.order_no in (select order_no from ordered where implied);

-- What each leg was asked for, again and again.
create or replace temp table asked as
select s.order_no, e.fo as leg, s.line, s.revision, s.moment, sum(s.qty) as qty from step_line s join event_leg e on s.order_no = e.order_no and s.seq = e.seq
where s.explicit and s.type in ('order.released', 'fulfillment.requested', 'fulfillment.change_requested') group by all;
create or replace temp table leg_line as
select order_no, leg, line, arg_max(qty, moment) as qty from asked group by all;
-- What was picked of it: what is packed or leaves without lines is of that, and the wave before it counts no more.
create or replace temp table leg_pick as
select s.order_no, e.fo as leg, s.line, sum(s.qty) as qty from step_line s join event_leg e on s.order_no = e.order_no and s.seq = e.seq
where s.explicit and s.type = 'pick.confirmed' group by all;

-- Each step on each line, with the quantity; `whole` where the step named nothing smaller than the order. What a node takes
-- on is what it was asked for by then, or in the revision that it names, whatever it ships. Where any entry of
-- an event tells a line and its quantity, the entries that do not tell nothing.
create or replace temp table covered as
select order_no, seq, type, moment, doc, fo as leg, line, sum(qty) as qty, false as whole from step_line where explicit group by all
union all
select s.order_no, s.seq, s.type, s.moment, s.doc, f.leg, f.line, case when k.leg is null then f.qty when s.type = 'wave.released' then 0
        when s.type in ('package.packed', 'shipment.dispatched') then least(coalesce(p.qty, 0), f.qty) else f.qty end, false
from step_line s join event_leg e on s.order_no = e.order_no and s.seq = e.seq
join leg_line f on s.order_no = f.order_no and e.fo = f.leg
left join (select distinct order_no, leg from leg_pick) k on f.order_no = k.order_no and f.leg = k.leg
left join leg_pick p on f.order_no = p.order_no and f.leg = p.leg and f.line = p.line
anti join (
    select e.order_no, e.seq, k.packed from event_shipment e join (
        select distinct d.order_no, d.sh, s.type = 'package.packed' as packed from event_shipment d
        join step_line s on d.order_no = s.order_no and d.seq = s.seq
        where s.explicit and s.type in ('package.packed', 'shipment.dispatched')
    ) k on e.order_no = k.order_no and e.sh = k.sh
) b on s.order_no = b.order_no and s.seq = b.seq and (s.type = 'shipment.dispatched') = b.packed
anti join (select order_no, seq from step_line where explicit) x on s.order_no = x.order_no and s.seq = x.seq
where not s.explicit and s.type not in ('order.created', 'order.cancelled', 'pick.shorted', 'fulfillment.acknowledged')
union all
select s.order_no, s.seq, s.type, s.moment, s.doc, f.leg, f.line,
    coalesce(arg_max(f.qty, row(f.revision, f.moment)) filter (where f.revision <= s.revision_said or (s.revision_said is null and f.moment <= s.moment)), arg_min(f.qty, f.moment)), false
from step_line s join event_leg e on s.order_no = e.order_no and s.seq = e.seq
join asked f on s.order_no = f.order_no and e.fo = f.leg
anti join (select order_no, seq from step_line where explicit) x on s.order_no = x.order_no and s.seq = x.seq
where not s.explicit and s.type = 'fulfillment.acknowledged' group by all;

update covered c set qty = least(c.qty, o.qty) from ordered o, (select order_no, seq from trail where shared) s
where c.order_no = s.order_no and c.seq = s.seq and c.order_no = o.order_no and c.line = o.line and not c.whole;

-- What a shipment carries: what its dispatch says, else what was packed into its parcels.
insert into covered
with carried as (
    select d.order_no, d.sh, c.leg, c.line, bool_or(c.type = 'shipment.dispatched') as dispatched,
        coalesce(arg_max(c.qty, c.moment) filter (where c.type = 'shipment.dispatched'), sum(c.qty)) as qty
    from covered c join event_shipment d on c.order_no = d.order_no and c.seq = d.seq
    where c.type in ('package.packed', 'shipment.dispatched') group by all
)
select s.order_no, s.seq, s.type, s.moment, s.doc, b.leg, b.line, max(b.qty), false
from step_line s join event_shipment e on s.order_no = e.order_no and s.seq = e.seq
join carried b on s.order_no = b.order_no and e.sh = b.sh and (s.type <> 'shipment.dispatched' or not b.dispatched)
anti join covered c on s.order_no = c.order_no and s.seq = c.seq
where not s.explicit and s.type <> 'pick.shorted'
group by all;

insert into covered
select s.order_no, s.seq, s.type, s.moment, s.doc, s.fo, o.line, o.qty, true
from step_line s join ordered o on s.order_no = o.order_no
anti join covered c on s.order_no = c.order_no and s.seq = c.seq
where not s.explicit and s.type <> 'pick.shorted';

-- What was said of a shipment before it was voided counts no more; a node that refused or gave up an order without naming lines has released nothing.
create or replace temp table undone as
select s.order_no, s.sh as doc, null as leg, max(a.moment) as moment from act a join event_shipment s using (order_no, seq)
where a.type = 'shipment.voided' group by all
union all
select l.order_no, null, l.fo, max(a.moment) from act a join event_leg l using (order_no, seq)
where a.type in ('fulfillment.rejected', 'order.released', 'fulfillment.requested', 'fulfillment.acknowledged')
    or (a.type = 'fulfillment.cancelled' and coalesce(len(a.lines), 0) = 0)
group by all having arg_max(a.type, a.moment) in ('fulfillment.rejected', 'fulfillment.cancelled');
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
select o.order_no, o.line, o.sku, o.uom, o.price, o.implied, o.revision, o.qty as ordered,
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
group by all;

-- How far the quantity that is still here has come. Each leg counts what reached a step and has not left; a leg is
-- over when its goods have left and the ERP then backordered, allocated or released the rest elsewhere.
create or replace temp table staged_line as
with supplied as (
    select order_no, line, arg_max(rank, moment) as supply, max(moment) filter (where rank = 4) as short_at
    from once where rank in (3, 4) group by all
),
leg_out as (
    select order_no, line, leg, sum(qty) as shipped, max(moment) as left_at from once where measure = 'shipped' group by all
),
step as (
    select order_no, line, leg, rank, sum(qty) as qty, max(moment) as moment from once where rank between 5 and 9 group by all
),
again as (
    select order_no, line, leg, max(moment) as moment from once where rank in (3, 4, 5) group by all
),
here as (
    select s.order_no, s.line, s.leg, s.rank,
        case when x.left_at is not null and exists (
                select 1 from again a where a.order_no = s.order_no and a.line = s.line and a.leg <> s.leg and a.moment > x.left_at)
            then 0 else greatest(s.qty - coalesce(x.shipped, 0), 0) end as qty
    from step s left join leg_out x on s.order_no = x.order_no and s.line = x.line and s.leg = x.leg
),
reach as (
    select order_no, line, r.rank, sum(qty) as qty from (
        select h.order_no, h.line, h.leg, r.rank, max(h.qty) as qty
        from here h join (select unnest([5, 6, 7, 8, 9]) as rank) r on h.rank >= r.rank group by all
    ) r group by all
),
best as (
    select l.order_no, l.line, max(r.rank) filter (where r.qty >= l.ordered - l.cancelled - l.shipped) as prepared
    from ledger l join reach r on l.order_no = r.order_no and l.line = r.line group by all
),
moving as (
    select order_no, line, sum(qty) as qty from (
        select order_no, line, doc, max(qty) as qty from once where rank = 11 group by all
    ) group by all
),
released as (select order_no, line, max(moment) as moment from once where measure in ('released', 'picked') group by all)
select l.*, l.ordered - l.cancelled - l.shipped as open_qty,
    case
        when l.ordered - l.cancelled <= 0 then -1
        when l.delivered >= l.ordered - l.cancelled then 12
        when l.shipped >= l.ordered - l.cancelled then case when m.qty >= l.ordered - l.cancelled then 11 else 10 end
        when l.shipped = 0 and m.qty > 0 then 11
        when s.supply = 4 and s.short_at > coalesce(r.moment, 0) then 4
        else greatest(coalesce(b.prepared, 0), coalesce(s.supply, 0))
    end as stage_rank
from ledger l
left join best b on l.order_no = b.order_no and l.line = b.line
left join supplied s on l.order_no = s.order_no and l.line = s.line
left join released r on l.order_no = r.order_no and l.line = r.line
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
left join master m on m.kind = 'product' and l.sku = m.key;

create or replace temp view folded_order_line as from folded_line
