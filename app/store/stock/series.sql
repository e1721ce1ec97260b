-- What each source says of each position over time: a count sets its stock, movements change it from there, each
-- numbered movement once. A negative count is no count. A complete snapshot of the place says 0 of what it leaves out.
create or replace temp table told_word as
select w.*, coalesce(on_hand < 0, false) or type = 'inventory.rejected' as refused
from stock_word w semi join stock_no n on w.no = n.no
anti join outdone d on w.seq = d.seq
where w.occurred_at <= $now;

insert into wake
select w.no, min(w.occurred_at) from stock_word w semi join stock_no n on w.no = n.no where w.occurred_at > $now group by w.no;

-- Every snapshot of the sources concerned, and how much it names.
create or replace temp table snapshot as
select source, location, as_of_at, count(distinct no) as positions, bool_or(coalesce(complete, false)) as complete,
    bool_or(complete = false) as partial, max(arrived_at) as arrived_at, max(partner) as partner
from stock_word w
semi join (select distinct source from told_word) t on w.source = t.source
anti join outdone d on w.seq = d.seq
where type = 'inventory.snapshot' and occurred_at <= $now
group by source, location, as_of_at;

create or replace temp table stock_series as
with named as (
    select no, sku, location, owner, lot, source, view, partner, as_of_at, arrived_at, moment, on_hand, change, type,
        available, allocated, held, damaged, in_transit, uom, inputs, false as left_out
    from told_word where not refused
    qualify doc is null or row_number() over (partition by no, source, doc order by moment, seq) = 1
),
known as (
    select no, any_value(sku) as sku, location, any_value(owner) as owner, any_value(lot) as lot, source,
        any_value(view) as view, min(as_of_at) as from_at from named group by no, location, source
),
empty as (
    select k.* exclude (from_at), s.partner, s.as_of_at, s.arrived_at,
        epoch_us(s.as_of_at)::hugeint * 2361183241434822606848 as moment, 0::decimal(18, 6) as on_hand,
        'inventory.snapshot' as type, true as left_out
    from known k join snapshot s on k.source = s.source and k.location = s.location and s.complete and s.as_of_at > k.from_at
    anti join told_word w on w.no = k.no and w.source = k.source and w.as_of_at = s.as_of_at and w.type = 'inventory.snapshot'
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
