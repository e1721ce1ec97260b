-- Where more than half of what was said did not come true, nothing is marked until that changes; it is counted all the same.
insert into forecast_record by name
select $version as version, $now as valid_from, partner, said, hits, said >= $cases and hits * 2 < said as "off"
from recorded where not every
