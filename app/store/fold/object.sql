-- What belongs to the order: fulfillment orders, shipments, invoices, returns, tickets.
create or replace temp table folded_object as
select order_no, left(key, instr(key, ':') - 1) as kind, key, min(occurred_at) as first_at, max(occurred_at) as last_at,
    arg_max(type, moment) as status
from (select order_no, unnest(keys) as key, occurred_at, type, moment from trail)
where kind in ('fo', 'sh', 'tr', 'inv', 'cm', 'rma', 'po', 'ticket', 'cpo', 'bol')
group by all
