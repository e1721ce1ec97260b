-- Each beginning of a spell in which an interface degraded under one rule: its first look after one that was not firing.
select source, interface, side, measured_by, begun_at, exceeds
from interface_look where rule = $rule
qualify state = 'firing' and coalesce(lag(state) over (partition by source, interface, side, measured_by order by begun_at), '') <> 'firing'
order by all
