-- When the stock of each place was last counted whole, by whom. No whole count is a snapshot that says that it is partial,
-- or one that does not say that it is complete and names under 80 % of what is usual: the median of the up to seven before
-- it, once there are three. Only the newest of each place are looked at; where none of them is whole, it was before them.
with recent as (
    select source, location, partner, as_of_at, positions, complete, partial from stock_snapshot
    where as_of_at <= $now and location is not null
    qualify row_number() over (partition by source, location order by as_of_at desc) <= 40
),
placed as (
    select *, median(positions) over lately as usual, count(*) over lately as before from recent
    window lately as (partition by source, location order by as_of_at rows between 7 preceding and 1 preceding)
),
judged as (select *, not partial and (complete or before < 3 or positions >= 0.8 * usual) as whole from placed)
select source, location, coalesce(max(partner) filter (where whole), max(partner)) as partner,
    coalesce(max(as_of_at) filter (where whole), case when count(*) = 40 then min(as_of_at) end) as heard_at
from judged group by source, location having heard_at is not null order by all
