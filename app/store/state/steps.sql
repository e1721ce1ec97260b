-- Between which moments each step of each order ran; one home for what is judged and what is measured. A step that several
-- parts of an order take ends with the last of them. `told`: seen at both ends, not concluded from something later.
create or replace temp macro steps_taken(orders_, milestones, legs, parcels) as table
with many as (
    select order_no from query_table(legs) group by order_no having count(*) > 1
    union select order_no from query_table(parcels) group by order_no having count(*) > 1
),
stood as (
    select o.order_no, o.stage_rank, s.step, s.place, s.low, s.high, coalesce(a.first_at, o.first_at) as began,
        not coalesce(a.inferred or b.inferred, true) as seen, o.stage_rank > s.high as passed,
        case when passed then case when n.order_no is null then b.first_at else b.last_at end end as ended
    from query_table(orders_) o cross join journey_step s
    left join (from query_table(milestones) semi join journey_step on type = start) a on o.order_no = a.order_no and s.start = a.type
    left join (from query_table(milestones) semi join journey_step on type = stop) b on o.order_no = b.order_no and s.stop = b.type
    left join many n on o.order_no = n.order_no
    where o.stage_rank >= 0
),
-- What was concluded has the time of what it was concluded from: a step is over when a later one is.
reached as (select *, min(ended) over (partition by order_no order by place desc) as reached from stood)
select order_no, step, place, coalesce(lag(reached) over (partition by order_no order by place), began) as entered_at,
    case when passed then coalesce(reached, began) end as left_at, seen and passed as told,
    passed or stage_rank between low and high as begun
from reached
