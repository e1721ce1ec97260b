-- The positions as each source has them now.
create or replace temp table folded_position as
select no, any_value(sku) as sku, any_value(location) as location, any_value(owner) as owner, any_value(lot) as lot,
    source as system, any_value(view) as view, arg_max(partner, moment) as partner,
    arg_max(stock, row(as_of_at, moment)) as on_hand, arg_max(available, moment) as available,
    arg_max(allocated, moment) as allocated, arg_max(held, moment) as held, arg_max(damaged, moment) as damaged,
    arg_max(in_transit, moment) as in_transit, arg_max(uom, moment) as uom, max(as_of_at) as as_of_at,
    max(arrived_at) as arrived_at,
    case when count(on_hand) = 0 then 'moved' when arg_max(on_hand is null, row(as_of_at, moment)) then 'counted and moved' else 'counted' end as basis,
    coalesce(arg_max(left_out, moment), false) or exists (
        select 1 from snapshot s where s.source = stock_series.source and s.location = any_value(stock_series.location)
            and s.complete and s.as_of_at = max(stock_series.as_of_at)) as complete
from stock_series group by no, source
