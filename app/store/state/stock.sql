-- A backorder blocks and is undated while neither it nor the purchase order it waits for has a date.
create or replace temp table undated as
with dated as (
    select order_no from act where type = 'order.backordered' group by order_no
    having arg_max(coalesce(promised_at, try_cast(attrs ->> '$.expected_at' as timestamp)), moment) filter (where coalesce(len(lines), 0) = 0) is not null
    union
    select o.order_no from folded_object o join purchase_key k on hash(o.key) = k.key join purchase_order p on k.no = p.no
    where o.kind = 'po' and coalesce(p.asn_eta_at, p.confirmed_at) is not null
),
short as (
    select l.order_no, min(l.line) as line from folded_line l join folded_orders o on l.order_no = o.order_no anti join dated d on l.order_no = d.order_no
    where l.stage_rank = 4 and l.expected_at is null and o.stage_rank between 0 and 11 group by l.order_no
)
select s.order_no, s.line, max(a.occurred_at) as since, arg_max(a.source, a.moment) as system
from short s join act a on s.order_no = a.order_no and a.type = 'order.backordered' group by s.order_no, s.line;

insert into reason by name select order_no, 'no_stock' as cause, since, system, line as detail from undated;
insert into broken by name
select order_no, 'backorder_undated' as fact, 'no_date' as cause, '' as subject, strftime(since, '%Y-%m-%dT%H:%M:%S.%f') as occurrence, since from undated
