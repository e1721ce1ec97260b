-- When the stock of each place was last counted whole, by whom: a snapshot that says it is partial, or names under 80 % of
-- what the seven before it usually named, is none.
with placed as (
    select source, location, partner, as_of_at, positions, complete, partial,
        median(positions) over (partition by source, location order by as_of_at rows between 7 preceding and 1 preceding) as usual,
        count(*) over (partition by source, location order by as_of_at rows between 7 preceding and 1 preceding) as before
    from stock_snapshot where as_of_at <= $now and location is not null
)
select source, location, max(partner) as partner, max(as_of_at) as heard_at from placed
where not partial and (complete or before < 3 or positions >= 0.8 * usual) group by source, location order by all
