-- The views of each position side by side over time: at one as-of (both say something then, or keep a running ledger),
-- does the node's count differ from the ERP's beyond tolerance; is more promised than can be used; does what was
-- published as available leave out what is reserved. `since` is where the present stretch of it began.
create or replace temp table stock_point as
with beside as (
    select s.no, s.as_of_at, s.moment, s.rests, s.as_of_at <= coalesce(p.until_at, timestamp '0001-01-01') as settled,
        coalesce(last_value(case when not rests and view = 'node' then stock end ignore nulls) over so_far, p.node_stock) as node_stock,
        coalesce(max(case when not rests and view = 'node' then as_of_at end) over so_far, p.node_at) as node_at,
        coalesce(last_value(case when not rests and view = 'erp' then stock end ignore nulls) over so_far, p.erp_stock) as erp_stock,
        coalesce(max(case when not rests and view = 'erp' then as_of_at end) over so_far, p.erp_at) as erp_at,
        coalesce(last_value(case when not rests and view = 'node' then s.held end ignore nulls) over so_far, p.held) as held,
        coalesce(last_value(case when not rests and view = 'node' then s.damaged end ignore nulls) over so_far, p.damaged) as damaged,
        coalesce(last_value(case when not rests and view = 'node' then s.available end ignore nulls) over so_far, p.node_available) as node_available,
        coalesce(last_value(case when not rests and view in ('erp', 'node') then s.allocated end ignore nulls) over so_far, p.allocated) as allocated,
        coalesce(last_value(case when rests then null when type = 'availability.published' then s.available
            when view = 'ecom' then coalesce(s.available, stock) end ignore nulls) over so_far, p.published) as published,
        coalesce(last_value(case when not rests and type = 'availability.published' then coalesce(s.inputs, '') end ignore nulls) over so_far, p.inputs) as inputs,
        coalesce(bool_or(not rests and view = 'node' and change is not null) over position_whole, false) or coalesce(p.node_moves, false) as node_moves,
        coalesce(bool_or(not rests and view = 'erp' and change is not null) over position_whole, false) or coalesce(p.erp_moves, false) as erp_moves,
        max(case when view = 'node' then as_of_at end) over position_whole as node_last,
        max(case when view = 'erp' then as_of_at end) over position_whole as erp_last
    from stock_series s left join stock_pace p on s.no = p.no
    window position_whole as (partition by s.no),
        so_far as (partition by s.no order by s.as_of_at, s.moment rows between unbounded preceding and current row)
    qualify not rests and row_number() over (partition by s.no, s.as_of_at order by s.moment desc) = 1
),
weighed as (
    select *, node_stock - erp_stock as drift, coalesce(node_stock - coalesce(held, 0) - coalesce(damaged, 0), node_available + coalesce(allocated, 0)) as usable,
        greatest(coalesce(allocated, 0), coalesce(published, 0) + coalesce(allocated, 0)) as promised,
        coalesce(node_stock is not null and erp_stock is not null
            and (node_moves or as_of_at - node_at <= $align) and (erp_moves or as_of_at - erp_at <= $align)
            and as_of_at <= node_last + $align and as_of_at <= erp_last + $align, false) as comparable
    from beside
)
select *, comparable and abs(drift) > (select greatest(t.most, abs(erp_stock) * t.share / 100) from tolerated t where t.fact = 'inventory_drift') as drifts,
    usable is not null and promised > usable as oversold,
    coalesce(inputs <> '' and coalesce(allocated, 0) > 0 and not contains(inputs, 'reservation'), false) as unsound,
    max(as_of_at) filter (where as_of_at <= least(node_last, erp_last) - $rest) over (partition by no) as until_at
from weighed;

-- Once up to now, and once up to where the account can rest: nothing that is still to come is expected before that.
create or replace temp table stock_verdict as
with found as (
    select p.*, r.resting from stock_point p cross join (values (false), (true)) r(resting) where not resting or as_of_at <= until_at
),
ended as (
    select no, resting, max(as_of_at) filter (where comparable and not drifts) as drift_ok,
        max(as_of_at) filter (where not oversold) as oversold_ok, max(as_of_at) filter (where not unsound) as unsound_ok
    from found group by no, resting
),
refusal as (
    select t.no, r.resting, max(t.moment) filter (where not refused and view = 'node') as ok
    from told_word t left join (select no, any_value(until_at) as until_at from stock_point group by no) u on t.no = u.no
    cross join (values (false), (true)) r(resting) where not resting or t.as_of_at <= u.until_at
    group by t.no, r.resting
),
refused as (
    select t.no, r.resting, min(t.as_of_at) as since, arg_max(coalesce(t.reason, case when t.on_hand < 0 then 'negative' end), t.moment) as detail
    from told_word t join refusal r on t.no = r.no left join (select no, any_value(until_at) as until_at from stock_point group by no) u on t.no = u.no
    where t.refused and (r.ok is null or t.moment > r.ok) and (not resting or t.as_of_at <= u.until_at)
    group by t.no, r.resting
),
newest as (
    select f.no, f.resting, arg_max(f.drift, f.as_of_at) filter (where comparable) as drift, max(f.as_of_at) filter (where comparable) as drift_at,
        arg_max(f.promised, f.as_of_at) as promised, arg_max(f.usable, f.as_of_at) as usable,
        min(f.as_of_at) filter (where drifts and (drift_ok is null or f.as_of_at > drift_ok)) as drift_since, any_value(drift_ok) as drift_ok,
        min(f.as_of_at) filter (where oversold and (oversold_ok is null or f.as_of_at > oversold_ok)) as oversold_since, any_value(oversold_ok) as oversold_ok,
        min(f.as_of_at) filter (where unsound and (unsound_ok is null or f.as_of_at > unsound_ok)) as unsound_since, any_value(unsound_ok) as unsound_ok
    from found f join ended e on f.no = e.no and f.resting = e.resting group by f.no, f.resting
)
select k.no, k.resting, coalesce(n.drift, p.drift) as drift, coalesce(n.drift_at, p.drift_at) as drift_at,
    coalesce(n.promised, p.promised) as promised, coalesce(n.usable, p.usable) as usable,
    case when drift_ok is null then coalesce(p.drift_since, n.drift_since) else n.drift_since end as drift_since,
    case when oversold_ok is null then coalesce(p.oversold_since, n.oversold_since) else n.oversold_since end as oversold_since,
    case when unsound_ok is null then coalesce(p.unsound_since, n.unsound_since) else n.unsound_since end as unsound_since,
    case when r.ok is null then coalesce(p.refused_since, d.since) else d.since end as refused_since,
    case when r.ok is null then coalesce(d.detail, p.refused_detail) else d.detail end as refused_detail
from (select no, resting from stock_no cross join (values (false), (true)) r(resting)) k
left join newest n on k.no = n.no and k.resting = n.resting
left join refusal r on k.no = r.no and k.resting = r.resting
left join refused d on k.no = d.no and k.resting = d.resting
left join stock_pace p on k.no = p.no;

create or replace temp table stock_check as select * exclude (resting) from stock_verdict where not resting
