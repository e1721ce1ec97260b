-- What the events from $first to $last say of stock: one row per event and product (a move is one row per place); several
-- entries of an event for one product (its bins) add up, but one that counts less than nothing spoils the count. Without
-- a location it is the partner's; a status beside the quantity says which of the quantities it is.
create or replace temp table fresh_word as
with told as (
    select e.seq, e.source, split_part(e.source, '.', 1) as role, e.partner, e.type, e.occurred_at,
        case when $frozen and not e.received_given then e.occurred_at else e.received_at end as arrived_at,
        coalesce(try_cast(e.attrs ->> '$.as_of' as timestamp), e.occurred_at) as as_of_at, e.location, e.reason,
        e.attrs, e.event_id, coalesce(s.rank, 99) as rank, coalesce(len(e.lines), 0) <= 1 as single,
        unnest(case when coalesce(len(e.lines), 0) = 0 then [null] else e.lines end) as l
    from event e left join source_role s on split_part(e.source, '.', 1) = s.role
    where e.seq between $first and $last and (e.type like 'inventory.%' or e.type = 'availability.published')
),
said as (
    select *, coalesce(l.sku, attrs ->> '$.sku') as sku, try_cast(l.qty as decimal(18, 6)) as qty,
        coalesce(attrs ->> '$.stock_status', case when type = 'availability.published' then 'available' else 'on_hand' end) as status,
        coalesce(attrs ->> '$.owner', '') as owner, coalesce(attrs ->> '$.lot', '') as lot,
        coalesce(location, partner, case when role in ('3pl', 'wms') then source end, '') as place,
        type in ('inventory.snapshot', 'availability.published') as sets
    from told
),
placed as (
    select *, -coalesce(qty, 0) as change, place as spot from said where type = 'inventory.moved'
    union all
    select *, coalesce(qty, 0), attrs ->> '$.to' from said where type = 'inventory.moved' and attrs ->> '$.to' is not null
    union all
    select *, case when type in ('inventory.adjusted', 'inventory.posted') then qty end, place from said where type <> 'inventory.moved'
),
entry as (
    select seq, -(hash(sku || '@' || spot || case when owner = '' then '' else '/' || owner end || case when lot = '' then '' else '#' || lot end) >> 2)::bigint as no,
        sku, spot as location, owner, lot, source,
        case when role in ('erp', 'erp_legacy') then 'erp' when role in ('ecom', 'mw') then role else 'node' end as view,
        partner, type, occurred_at, as_of_at, arrived_at,
        (epoch_us(as_of_at)::hugeint * 128 + (127 - rank)) * 18446744073709551616 + event_id as moment,
        attrs ->> '$.adjustment' as doc,
        coalesce(case when single then try_cast(attrs ->> '$.on_hand' as decimal(18, 6)) end, case when sets and status = 'on_hand' then qty end) as on_hand,
        coalesce(case when single then try_cast(attrs ->> '$.available' as decimal(18, 6)) end, case when sets and status = 'available' then qty end) as available,
        coalesce(case when single then try_cast(attrs ->> '$.allocated' as decimal(18, 6)) end, case when sets and status = 'allocated' then qty end) as allocated,
        coalesce(case when single then try_cast(attrs ->> '$.held' as decimal(18, 6)) end, case when sets and status = 'held' then qty end) as held,
        coalesce(case when single then try_cast(attrs ->> '$.damaged' as decimal(18, 6)) end, case when sets and status = 'damaged' then qty end) as damaged,
        coalesce(case when single then try_cast(attrs ->> '$.in_transit' as decimal(18, 6)) end, case when sets and status = 'in_transit' then qty end) as in_transit,
        change, l.uom as uom, attrs ->> '$.inputs' as inputs,
        case when type = 'inventory.snapshot' then try_cast(attrs ->> '$.complete' as boolean) end as complete, reason
    from placed
    where sku is not null and sku <> ''
)
select seq, no, sku, location, owner, lot, source, view, partner, type, occurred_at, as_of_at, arrived_at, moment, doc,
    case when min(on_hand) < 0 then min(on_hand) else sum(on_hand) end as on_hand, sum(available) as available,
    sum(allocated) as allocated, sum(held) as held, sum(damaged) as damaged, sum(in_transit) as in_transit,
    sum(change) as change, min(uom) as uom, inputs, complete, reason
from entry group by all;

insert into stock_word by name from fresh_word
