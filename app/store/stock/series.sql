-- What each source says of each position over time, from where its account rests: a count sets its stock, movements
-- change it from there, each numbered movement once. A negative count is no count. A complete snapshot of the place says
-- 0 of what it leaves out.
create or replace temp table told_word as
select w.*, coalesce(on_hand < 0, false) or type = 'inventory.rejected' as refused
from stock_word w join stock_no n on w.no = n.no
left join stock_pace p on w.no = p.no
anti join outdone d on w.seq = d.seq
where w.occurred_at <= $now and (p.until_at is null or w.as_of_at > p.until_at);

insert into wake
select w.no, min(w.occurred_at) from stock_word w semi join stock_no n on w.no = n.no where w.occurred_at > $now group by w.no;

-- Movements of all times: their numbers are known for ever.
create or replace temp table movement as
select w.no, w.seq, w.source, w.doc, w.change, w.reason, w.as_of_at, w.moment
from stock_word w semi join stock_no n on w.no = n.no
anti join outdone d on w.seq = d.seq
where w.change is not null and w.occurred_at <= $now and w.type <> 'inventory.rejected';

create or replace temp table stock_series as
with repeated as (
    select no, seq from movement where doc is not null
    qualify row_number() over (partition by no, source, doc order by moment, seq) > 1
),
named as (
    select no, sku, location, owner, lot, source, view, partner, as_of_at, arrived_at, moment, on_hand, change, type,
        available, allocated, held, damaged, in_transit, uom, inputs, as_of_at as from_at, change is not null as moved,
        false as left_out, false as rests
    from told_word w anti join repeated r on w.no = r.no and w.seq = r.seq
    where not refused
    union all by name
    select r.* rename (stock as on_hand), 'inventory.snapshot' as type, true as rests
    from stock_rest r semi join stock_no n on r.no = n.no
),
known as (
    select no, any_value(sku) as sku, location, any_value(owner) as owner, any_value(lot) as lot, source,
        any_value(view) as view, min(from_at) as from_at from named group by no, location, source
),
empty as (
    select k.*, s.partner, s.as_of_at, s.arrived_at, epoch_us(s.as_of_at)::hugeint * 2361183241434822606848 as moment,
        0::decimal(18, 6) as on_hand, 'inventory.snapshot' as type, false as moved, true as left_out, false as rests
    from known k join stock_snapshot s on k.source = s.source and k.location = s.location and s.complete and s.as_of_at > k.from_at
    left join stock_pace p on k.no = p.no
    anti join told_word w on w.no = k.no and w.source = k.source and w.as_of_at = s.as_of_at and w.type = 'inventory.snapshot'
    where p.until_at is null or s.as_of_at > p.until_at
),
every as (from named union all by name from empty),
counted as (
    select *, count(on_hand) over (partition by no, source order by as_of_at, on_hand is not null, moment) as since_count
    from every
)
select * exclude (since_count),
    case when since_count > 0 then max(on_hand) over whole + coalesce(sum(case when on_hand is null then change end) over (whole order by as_of_at, moment), 0) end as stock
from counted
window whole as (partition by no, source, since_count)
