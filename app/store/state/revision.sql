-- An older revision shipped than the node had taken on before it picked; and changes that came after the pick.
insert into broken by name
with changed as (
    select order_no, act_no, occurred_at, moment, revision, coalesce(nullif(l.line, ''), l.sku) as line
    from (select order_no, act_no, occurred_at, moment, revision, unnest(lines) as l from act where type = 'order.changed' and len(lines) > 0)
)
select order_no, 'stale_revision_shipped' as fact, concat(revision_shipped, '_of_', revision_effective) as cause, key as subject,
    concat(revision_shipped, '/', revision_effective) as occurrence, dispatched_at as since, partner
from folded_fulfillment where revision_shipped < revision_effective and revision_basis = 'acknowledged' and dispatched_at is not null
union all
select c.order_no, 'change_too_late', 'revision_' || max(c.revision), f.key, max(c.revision)::varchar, min(c.occurred_at), any_value(f.partner)
from changed c join folded_fulfillment f on c.order_no = f.order_no and c.occurred_at > f.picked_at
join folded_fulfillment_line l on f.order_no = l.order_no and f.key = l.key and (c.line = l.line)
where f.stage not in ('cancelled', 'rejected') and f.cancel_rejected_at is null
    and not exists (select 1 from node_word w where w.order_no = c.order_no and w.fo = f.key and w.moment > c.moment
        and w.type in ('fulfillment.acknowledged', 'fulfillment.rejected', 'fulfillment.cancelled'))
group by c.order_no, f.key;

-- The number of a change between two that are known was never heard of.
-- needs order.changed
insert into broken by name
with told as (
    select order_no, revision_said as revision, min(arrived_at) as since from act
    where type in ('order.created', 'order.changed') and revision_said is not null group by all
)
select order_no, 'revision_gap' as fact, 'revision_' || min(before + 1) as cause, '' as subject, min(before + 1)::varchar as occurrence,
    arg_min(since, revision) as since
from (
    select order_no, revision, lag(revision) over numbered as before,
        min(since) over (numbered rows between current row and unbounded following) as since
    from told window numbered as (partition by order_no order by revision)
) where revision > before + 1 group by order_no
