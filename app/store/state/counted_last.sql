-- When the stock of each place was last counted whole (`counted`); where none of the newest counts is whole, it was before them.
select source, location, coalesce(max(partner) filter (where whole), max(partner)) as partner,
    coalesce(max(as_of_at) filter (where whole), case when count(*) = 40 then min(as_of_at) end) as heard_at
from counted group by source, location having heard_at is not null order by all
