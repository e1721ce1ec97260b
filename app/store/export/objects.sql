-- All objects as they stand, numbered in the order of their ids, and what belongs to what.
create temp table item_order as
select row_number() over (order by order_id) as n, order_id as id, 'order' as type, so, customer, tier, channel, entity,
    partner, carrier, location, value, currency, stage, partly, billing, return_state as "return", revision,
    promised_at, first_at, last_at, delivered_at
from orders;

create temp table item_line as
select row_number() over (order by o.order_id, l.line) as n, o.order_id || '/' || l.line as id, 'line' as type, l.line,
    l.sku, l.uom, try_cast(l.price as decimal(18, 6)) as price, l.ordered, l.cancelled, l.allocated, l.backordered,
    l.released, l.acknowledged, l.picked, l.shipped, l.posted, l.delivered, l.invoiced, l.returned, l.credited, l.stage
from order_line l join orders o on l.order_no = o.order_no
where not l.implied;

-- An object that is known by its key takes what the events say that name it, the latest word first; an amount only
-- from events about it.
create temp table item_thing as
with said as (
    select unnest(keys) as key, type, partner, carrier, occurred_at, try_cast(amount as decimal(18, 6)) as amount, currency,
        epoch_us(occurred_at)::hugeint * 18446744073709551616 + event_id as moment
    from told
)
select row_number() over (order by k.type, s.key) as n, s.key as id, k.type,
    substr(s.key, length(k.kind) + length(split_part(s.key, ':', 2)) + 3) as number,
    replace(split_part(s.key, ':', 2), '%3A', ':') as issuer,
    arg_max(s.type, s.moment) as status, arg_max(s.partner, s.moment) as partner, arg_max(s.carrier, s.moment) as carrier,
    arg_max(s.amount, s.moment) filter (where split_part(s.type, '.', 1) = k.type) as amount,
    arg_max(s.currency, s.moment) filter (where split_part(s.type, '.', 1) = k.type) as currency,
    min(s.occurred_at) as first_at, max(s.occurred_at) as last_at
from said s join thing_kind k on split_part(s.key, ':', 1) = k.kind
group by s.key, k.kind, k.type;

create temp table tied as
select distinct * from tie
union all
select o.order_id, o.order_id || '/' || l.line, 'contains'
from order_line l join orders o on l.order_no = o.order_no
where not l.implied
