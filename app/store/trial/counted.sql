-- Every whole count of the stock of a place (`counted`), and the next one.
select source, location, partner, as_of_at as heard_at, lead(as_of_at) over (partition by source, location order by as_of_at) as next_heard
from counted where whole order by all
