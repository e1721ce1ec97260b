-- The views of each position side by side over time: at one as-of (both say something then, or keep a running ledger),
-- does the node's count differ from the ERP's beyond tolerance; is more promised than can be used; does what was
-- published as available leave out what is reserved. `since` is where the present stretch of it began.
create or replace temp table stock_check as
with beside as (
    select no, as_of_at, moment,
        last_value(case when view = 'node' then stock end ignore nulls) over so_far as node_stock,
        max(case when view = 'node' then as_of_at end) over so_far as node_at,
        last_value(case when view = 'erp' then stock end ignore nulls) over so_far as erp_stock,
        max(case when view = 'erp' then as_of_at end) over so_far as erp_at,
        last_value(case when view = 'node' then held end ignore nulls) over so_far as held,
        last_value(case when view = 'node' then damaged end ignore nulls) over so_far as damaged,
        last_value(case when view = 'node' then available end ignore nulls) over so_far as node_available,
        last_value(case when view in ('erp', 'node') then allocated end ignore nulls) over so_far as allocated,
        last_value(case when type = 'availability.published' then available when view = 'ecom' then coalesce(available, stock) end ignore nulls) over so_far as published,
        last_value(case when type = 'availability.published' then coalesce(inputs, '') end ignore nulls) over so_far as inputs,
        bool_or(view = 'node' and change is not null) over position_whole as node_moves,
        bool_or(view = 'erp' and change is not null) over position_whole as erp_moves,
        max(case when view = 'node' then as_of_at end) over position_whole as node_last,
        max(case when view = 'erp' then as_of_at end) over position_whole as erp_last
    from stock_series
    window position_whole as (partition by no),
        so_far as (partition by no order by as_of_at, moment rows between unbounded preceding and current row)
    qualify row_number() over (partition by no, as_of_at order by moment desc) = 1
),
weighed as (
    select *, node_stock - erp_stock as drift, coalesce(node_stock - coalesce(held, 0) - coalesce(damaged, 0), node_available + coalesce(allocated, 0)) as usable,
        greatest(coalesce(allocated, 0), coalesce(published, 0) + coalesce(allocated, 0)) as promised,
        node_stock is not null and erp_stock is not null
            and (node_moves or as_of_at - node_at <= $align) and (erp_moves or as_of_at - erp_at <= $align)
            and as_of_at <= node_last + $align and as_of_at <= erp_last + $align as comparable
    from beside
),
found as (
    select no, as_of_at, drift, usable, promised, comparable,
        comparable and abs(drift) > greatest($tolerance, abs(erp_stock) * $share) as drifts,
        usable is not null and promised > usable as oversold,
        inputs <> '' and coalesce(allocated, 0) > 0 and not contains(inputs, 'reservation') as unsound
    from weighed
),
ended as (
    select no, max(as_of_at) filter (where comparable and not drifts) as drift_ok,
        max(as_of_at) filter (where not oversold) as oversold_ok, max(as_of_at) filter (where not coalesce(unsound, false)) as unsound_ok
    from found group by no
)
select f.no, arg_max(f.drift, f.as_of_at) filter (where comparable) as drift, max(f.as_of_at) filter (where comparable) as drift_at,
    arg_max(f.promised, f.as_of_at) as promised, arg_max(f.usable, f.as_of_at) as usable,
    min(f.as_of_at) filter (where drifts and (drift_ok is null or f.as_of_at > drift_ok)) as drift_since,
    min(f.as_of_at) filter (where oversold and (oversold_ok is null or f.as_of_at > oversold_ok)) as oversold_since,
    min(f.as_of_at) filter (where unsound and (unsound_ok is null or f.as_of_at > unsound_ok)) as unsound_since
from found f join ended e on f.no = e.no group by f.no
