-- What people said of identity, and what is known of the customers, places and goods of the orders in `own`.
insert into near_seq
select seq from event where seq >= $said and type in ('link.added', 'link.cut', 'link.undone', 'suspicion.dismissed');
insert into near_seq
with named as (
    select unnest([customer, sold_to, bill_to, ship_to, parent_customer, location]) as name from orders semi join own using (order_no)
    union select sku from order_line semi join own using (order_no)
)
select seq from event where seq >= $mastered
    and type in ('customer.updated', 'customer.synced', 'location.updated', 'product.updated')
    and list_has_any(list_transform(keys, lambda k: split_part(k, ':', 3)), (select list(upper(name)) from named where name is not null))
