-- Which customers, locations and products the events from $first to $last describe: a customer by its key, a location by
-- its code, a product by its SKU.
create or replace temp table fresh_master as
select distinct seq, -(hash(kind || ':' || key) >> 2)::bigint as no, kind, key from (
    select seq, 'customer' as kind, coalesce(split_part(list_filter(keys, lambda k: starts_with(k, 'cust:'))[1], ':', 3), customer) as key
    from event where seq between $first and $last and type in ('customer.updated', 'customer.synced')
    union all
    select seq, 'location', coalesce(location, attrs ->> '$.location') from event
    where seq between $first and $last and type = 'location.updated'
    union all
    select seq, 'product', l.sku from (
        select seq, unnest(lines) as l from event where seq between $first and $last and type = 'product.updated')
    union all
    select seq, 'product', attrs ->> '$.sku' from event
    where seq between $first and $last and type = 'product.updated'
) where key is not null and key <> '';
insert into master_word select seq, no, kind, key from fresh_master
