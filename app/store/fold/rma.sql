-- Returns: three facts that must meet, the goods received, the stock posted, the credit issued.
-- needs rma:
create or replace temp table folded_rma as
with said as (
    select n.key, a.* from named n join act a on n.act_no = a.act_no
    where n.kind = 'rma' and (a.type like 'return.%' or a.type in ('credit.issued', 'refund.issued', 'receipt.counted'))
),
counted as (
    select order_no, key, type, sum(try_cast(l.qty as decimal(18, 6))) as qty
    from (select order_no, key, type, unnest(lines) as l from said where len(lines) > 0) group by all
),
summed as (
    select order_no, key, sum(qty) filter (where type = 'return.authorized') as authorised,
        sum(qty) filter (where type = 'return.received') as received, sum(qty) filter (where type = 'return.posted') as posted
    from counted group by all
)
select s.order_no, s.key,
    case when bool_or(type in ('credit.issued', 'refund.issued')) then 'credited' when bool_or(type = 'return.posted') then 'posted'
        when bool_or(type = 'return.inspected') then 'inspected' when bool_or(type = 'return.received') then 'received'
        when bool_or(type = 'return.in_transit') then 'in_transit' when bool_or(type = 'return.rejected') then 'rejected'
        when bool_or(type = 'return.authorized') then 'authorised' else 'requested' end as state,
    arg_max(reason, moment) as reason, arg_max(coalesce(attrs ->> '$.disposition', status), moment) filter (where type = 'return.inspected') as disposition,
    any_value(q.authorised) as authorised, any_value(q.received) as received, any_value(q.posted) as posted,
    sum(try_cast(amount as decimal(18, 6))) filter (where type in ('credit.issued', 'refund.issued')) as credited,
    min(occurred_at) filter (where type = 'return.requested') as requested_at,
    min(occurred_at) filter (where type = 'return.authorized') as authorized_at,
    min(occurred_at) filter (where type = 'return.rejected') as rejected_at,
    min(occurred_at) filter (where type = 'return.received') as received_at,
    min(occurred_at) filter (where type = 'return.inspected') as inspected_at,
    min(occurred_at) filter (where type = 'return.posted') as posted_at,
    min(occurred_at) filter (where type in ('credit.issued', 'refund.issued')) as credited_at,
    max(occurred_at) as last_at
from said s left join summed q on s.order_no = q.order_no and s.key = q.key
group by s.order_no, s.key
