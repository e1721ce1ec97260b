-- What has happened, and what must have happened because something later did.
create or replace temp table folded_milestone as
with seen as (
    select order_no, type, min(occurred_at) as first_at, max(occurred_at) as last_at, false as inferred,
        arg_min(source, moment) as source, min(moment) as began
    from act group by order_no, type
),
implied as (
    select s.order_no, i.step as type, min(s.first_at) as first_at, min(s.first_at) as last_at, true as inferred,
        arg_min(s.source, s.began) as source
    from seen s join implied_step i on s.type = i.type
    where not exists (select 1 from seen x where x.order_no = s.order_no and x.type = i.step)
    group by s.order_no, i.step
)
select * exclude (began) from seen union all by name from implied
