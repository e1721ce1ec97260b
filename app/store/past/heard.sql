-- When each source was first heard, of the events above $after.
select source, min(case when $frozen and not received_given then occurred_at else received_at end) as first_at
from event where seq > $after and seq <= $upto group by source
