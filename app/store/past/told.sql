-- What master data tell of the customers, places and goods that the orders in `own` name.
insert into near_seq
with own_event as (
    select e.customer, e.location, e.keys, e.lines from event e semi join (from link semi join own using (order_no)) l on e.seq = l.seq
    where e.seq between $first and $last
),
named as (
    select 'customer' as kind, customer as key from own_event
    union select 'customer', split_part(k, ':', 3) from (select unnest(keys) as k from own_event) where starts_with(k, 'cust:')
    union select 'location', location from own_event
    union select 'product', l.sku from (select unnest(lines) as l from own_event)
    union select 'customer', customer from orders semi join own using (order_no)
    union select 'location', location from orders semi join own using (order_no)
)
select w.seq from master_word w semi join named n on w.kind = n.kind and w.key = n.key
