-- Steps that a later one implies and that nobody reported for a day; only those that somebody could report.
insert into broken by name
select m.order_no, 'milestone_missing' as code, string_agg(distinct m.type, ' ' order by m.type) as cause, '' as subject,
    string_agg(distinct m.type, ' ' order by m.type) as occurrence, max(e.at) as since, min(m.source) as partner
from folded_milestone m join implied_step i on m.type = i.step
join (select order_no, type, min(arrived_at) as at from act where type in (select type from implied_step) group by all) e on m.order_no = e.order_no and i.type = e.type
where m.inferred and m.type not in (select type from unfed) and m.order_no not in (select order_no from drop_ship)
group by m.order_no
