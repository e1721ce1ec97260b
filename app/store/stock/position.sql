-- The positions as each source has them now. `complete`: its newest word is, or is left out by, a complete snapshot.
create or replace temp table folded_position as
with latest as (
    select no, any_value(sku) as sku, any_value(location) as location, any_value(owner) as owner, any_value(lot) as lot,
        source as system, any_value(view) as view, arg_max(partner, moment) as partner,
        arg_max(stock, row(as_of_at, on_hand is not null, moment)) as on_hand, arg_max(available, moment) as available,
        arg_max(allocated, moment) as allocated, arg_max(held, moment) as held, arg_max(damaged, moment) as damaged,
        arg_max(in_transit, moment) as in_transit, arg_max(uom, moment) as uom, max(as_of_at) as as_of_at,
        max(arrived_at) as arrived_at, arg_max(moved, row(as_of_at, on_hand is not null, moment)) as moved
    from stock_series group by no, source
)
select l.* exclude (moved), case when on_hand is null and moved then 'moved' when moved then 'counted and moved' else 'counted' end as basis,
    coalesce(s.complete, false) as complete
from latest l left join stock_snapshot s on l.system = s.source and l.location = s.location and l.as_of_at = s.as_of_at
