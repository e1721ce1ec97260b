-- Positions of which the views can be compared, by partner, at the end of a day: within tolerance, or not.
insert into daily_count
select 'S16', coalesce(p.partner, ''), $day, case when j.order_no is null then 'met' else 'breached' end, count(*)
from position_check c
left join (select no, max(partner) as partner from position group by no) p on c.no = p.no
left join (select distinct order_no from judgement where code = 'inventory_drift' and since <= $day) j on c.no = j.order_no
where c.drift is not null and c.drift_at <= $day group by all
