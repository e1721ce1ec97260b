-- Every alias key whose place may change: those named now, all keys of their clusters, and, for shop numbers, the
-- keys with the same value of another issuer (a number without a shop belongs to the only shop that has it).
with named as (select distinct key, text, kind from mention where class = 'alias'),
first_ring as (select distinct n.cluster from node n join named using (key) where n.cluster is not null),
shop as (
    select split_part(text, ':', 3) as value from named where kind = 'ch'
    union select split_part(text, ':', 3) from node where kind = 'ch' and cluster in (select cluster from first_ring)
),
rings as (
    select cluster from first_ring
    union select cluster from node
    where kind = 'ch' and split_part(text, ':', 3) in (select value from shop) and cluster is not null
)
select key, text, kind, order_no, hub from node
where cluster in (select cluster from rings) or key in (select key from named)
union all
select key, text, kind, null, 0 from named where key not in (select key from node)
