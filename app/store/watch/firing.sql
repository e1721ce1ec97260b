-- The interfaces that are degrading by their last look under a rule: the look with which that began.
with calm as (
    select source, interface, side, measured_by, max(begun_at) filter (where state <> 'firing') as calm_at, max(begun_at) as last_at
    from interface_look where rule = $rule group by all
),
begun as (
    select source, interface, side, measured_by, min(l.begun_at) as begun_at
    from interface_look l join calm c using (source, interface, side, measured_by)
    where l.rule = $rule and l.state = 'firing' and (c.calm_at is null or (l.begun_at > c.calm_at and c.calm_at < c.last_at)) group by all
)
select l.begun_at as at, l.* exclude (begun_at) from begun b join interface_look l using (source, interface, side, measured_by, begun_at)
where l.rule = $rule order by all
