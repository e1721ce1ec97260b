-- Whether the events from $first to $last speak of stock, and of master data.
select coalesce(bool_or(type like 'inventory.%' or type = 'availability.published'), false) as stock,
    coalesce(bool_or(type in ('customer.updated', 'customer.synced', 'location.updated', 'product.updated')), false) as master
from event where seq between $first and $last
