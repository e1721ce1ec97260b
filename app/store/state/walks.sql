-- Every step of every walk with its pace on any day; the promise from which one walks back.
select w.walk, s.place, w.promised_at, w.partner, w.carrier, p.p80
from (select distinct walk, promised_at, version, partner, carrier from stretch) w cross join journey_step s
join paced p on w.version is not distinct from p.version and s.step = p.step and w.partner = p.partner and w.carrier = p.carrier
    and p.weekday = ''
order by w.walk, s.place
