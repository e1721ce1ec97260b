-- How long the steps of orders take, at each node or carrier and anywhere, over the last 90 days. What was published
-- stays as it is: an order is judged by what was known at its last event.
insert into profile by name
with taken as (
    select s.step, case s.pace when 'partner' then coalesce(o.partner, '') when 'carrier' then coalesce(o.carrier, '') else '' end as at_node,
        epoch(b.first_at - a.first_at) as seconds
    from journey_step s join milestone a on a.type = s.start join milestone b on b.type = s.stop and a.order_no = b.order_no
    join orders o on a.order_no = o.order_no
    where not a.inferred and not b.inferred and b.first_at >= a.first_at and b.first_at > $now::timestamp - interval 90 day and b.first_at <= $now
),
every as (from taken union all select step, '', seconds from taken where at_node <> '')
select (select coalesce(max(version), 0) + 1 from profile) as version, $now as valid_from, step, at_node, count(*) as samples,
    quantile_cont(seconds, 0.8)::bigint as p80_seconds, quantile_cont(seconds, 0.95)::bigint as p95_seconds
from every group by step, at_node
