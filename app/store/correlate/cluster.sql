-- Every alias key whose place may change: those named now, all keys of their clusters, and, for shop numbers and sales
-- orders, the keys with the same value of another issuer (a number without issuer belongs to the only one that has it).
with named as (
    select distinct key, text, kind, hash(substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as value
    from mention where class = 'alias'
),
near as (
    from named select kind, value where kind in ('so', 'ch')
    union
    select n.kind, n.value from node n
    where n.kind in ('so', 'ch') and n.cluster in (select cluster from node semi join named using (key))
),
rings as (
    select cluster from node semi join named using (key) where cluster is not null
    union
    select cluster from node semi join near using (kind, value) where cluster is not null
)
select key, text, kind, order_no, hub from node
where cluster in (select cluster from rings) or key in (select key from named)
union all
select key, text, kind, null, 0 from named where key not in (select key from node)
