-- The counts of the stock of each place, by whom, and whether they are whole. No whole count is a snapshot that says that it is
-- partial, or one that does not say that it is complete and names under 80 % of what is usual: the median of the up to seven
-- before it, once there are three. Only the newest of each place are looked at.
create or replace temp table counted as
with recent as (
    select source, location, partner, as_of_at, positions, complete, partial from stock_snapshot
    where as_of_at <= $now and location is not null
    qualify row_number() over (partition by source, location order by as_of_at desc) <= 40
),
placed as (
    select *, median(positions) over lately as usual, count(*) over lately as before from recent
    window lately as (partition by source, location order by as_of_at rows between 7 preceding and 1 preceding)
)
select *, not partial and (complete or before < 3 or positions >= 0.8 * usual) as whole from placed
