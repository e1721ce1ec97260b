-- What is wrong with stock. A snapshot is partial when it says so, or names under 80 % of what the seven before it
-- usually named; the latter is only sure when nothing more of it has arrived for ten minutes.
create or replace temp table latest_snapshot as
with recent as (
    from stock_snapshot s semi join (select distinct source from stirred_word) w on s.source = w.source
    qualify row_number() over (partition by source, location order by as_of_at desc) <= 8
),
placed as (
    select *, median(positions) over lately as usual, count(*) over lately as before from recent
    window lately as (partition by source, location order by as_of_at rows between 7 preceding and 1 preceding)
    qualify row_number() over (partition by source, location order by as_of_at desc) = 1
)
select source, location, partner, as_of_at, positions, usual,
    case when partial then as_of_at when not complete and before >= 3 and positions < 0.8 * usual then arrived_at + interval 10 minutes end as since
from placed;

create or replace temp table folded_stock_finding as
with face as (
    select no, any_value(sku) as sku, any_value(location) as location, any_value(owner) as owner, any_value(lot) as lot,
        coalesce(min(system) filter (where view = 'node'), min(system)) as system, max(partner) as partner
    from (
        select no, sku, location, owner, lot, system, view, partner from folded_position
        union all
        select no, sku, location, owner, lot, source, view, partner from told_word t anti join folded_position p on t.no = p.no
    ) group by no
),
twice as (
    select no, source, doc, change, as_of_at from movement where doc is not null
    qualify dense_rank() over (partition by no, source, doc order by moment) = 2
),
wrong as (
    select no, 'inventory_drift' as fact, drift_since as since, 'node less ERP: ' || rtrim(rtrim(drift::varchar, '0'), '.') as detail
    from stock_check where drift_since is not null
    union all
    select no, 'oversell_risk', oversold_since, 'promised ' || rtrim(rtrim(promised::varchar, '0'), '.') || ', usable ' || rtrim(rtrim(usable::varchar, '0'), '.') from stock_check where oversold_since is not null
    union all
    select no, 'availability_unsound', unsound_since, null from stock_check where unsound_since is not null
    union all
    select no, 'inventory_rejected', refused_since, refused_detail from stock_check where refused_since is not null
    union all
    select t.no, 'inventory_double_applied', min(t.as_of_at), string_agg(distinct t.doc, ', ' order by t.doc) from twice t
    where not exists (
        select 1 from movement r where r.no = t.no and r.source = t.source and r.as_of_at > t.as_of_at and r.change = -t.change
            and (r.doc is distinct from t.doc) and lower(coalesce(r.reason, '')) like '%revers%')
    group by t.no
)
select w.no as order_no, w.fact as kind, w.fact, w.fact as cause, 'position' as subject_type,
    f.sku || '@' || f.location || case when f.owner = '' then '' else '/' || f.owner end || case when f.lot = '' then '' else '#' || f.lot end as subject,
    '' as occurrence, w.since as known_at, f.system, f.partner, w.detail
from wrong w join face f on w.no = f.no
union all
select -(hash(source) >> 2)::bigint, 'inventory_snapshot_partial', 'inventory_snapshot_partial', 'inventory_snapshot_partial', 'source', source,
    '', min(since), source, max(partner), string_agg(format('{}: {} of {}', location, positions, usual::integer), ', ' order by location)
from latest_snapshot where since is not null group by source
