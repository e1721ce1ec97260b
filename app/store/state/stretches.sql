-- Each stretch with the pace of its step.
select s.order_no, s.promise, s.last, s.open, s.walk, s.place, s.entered_at, s.from_at, s.to_at, s."off", s.partner, s.carrier, p.p80, p.quantiles
from stretch s join paced p on s.version is not distinct from p.version and s.step = p.step and s.partner = p.partner
    and s.carrier = p.carrier and s.weekday = p.weekday
order by s.order_no, s.from_at, s.to_at, s.place, s.promise
