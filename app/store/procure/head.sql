-- One row per purchase order: dates, the stage it has reached, and its quantities in total.
create or replace temp table folded_purchase_order as
with head as (
    select no, po as key,
        coalesce(arg_max(coalesce(attrs ->> '$.supplier', partner), row(revision, moment)) filter (where type like 'purchase_order.%' and role <> 'sup'),
            min(source) filter (where role = 'sup')) as supplier,
        arg_max(entity, moment) filter (where type like 'purchase_order.%') as entity,
        arg_max(location, row(revision, moment)) filter (where type like 'purchase_order.%') as location,
        coalesce(max(revision) filter (where type in ('purchase_order.created', 'purchase_order.sent', 'purchase_order.changed')), 1) as revision,
        arg_max(revision, moment) filter (where type = 'purchase_order.acknowledged') as revision_confirmed,
        arg_max(coalesce(try_cast(attrs ->> '$.need_by' as timestamp), promised_at), row(revision, moment))
            filter (where type in ('purchase_order.created', 'purchase_order.sent', 'purchase_order.changed')) as need_by,
        arg_max(coalesce(try_cast(attrs ->> '$.confirmed_at' as timestamp), promised_at), moment)
            filter (where type = 'purchase_order.acknowledged') as confirmed_at,
        arg_max(coalesce(try_cast(attrs ->> '$.eta' as timestamp), promised_at), moment)
            filter (where type = 'asn.received') as asn_eta_at,
        arg_max(amount, row(revision, moment)) filter (where type like 'purchase_order.%') as amount,
        arg_max(currency, row(revision, moment)) filter (where type like 'purchase_order.%') as currency,
        min(occurred_at) filter (where type = 'purchase_order.created') as created_at,
        min(occurred_at) filter (where type = 'purchase_order.sent') as sent_at,
        min(occurred_at) filter (where type = 'message.acknowledged') as technically_acknowledged_at,
        min(occurred_at) filter (where type = 'purchase_order.acknowledged') as acknowledged_at,
        max(occurred_at) filter (where type = 'purchase_order.rejected') as refused_at,
        max(moment) filter (where type = 'purchase_order.rejected') as refused,
        max(moment) filter (where type in ('purchase_order.sent', 'purchase_order.acknowledged', 'asn.received', 'receipt.counted', 'receipt.posted')) as taken,
        min(occurred_at) filter (where type = 'purchase_order.cancelled' and not lined) as ended_at,
        max(occurred_at) filter (where type = 'purchase_order.cancelled') as emptied_at,
        min(occurred_at) filter (where type = 'asn.received') as asn_at,
        min(occurred_at) filter (where type = 'receipt.counted') as counted_at,
        min(occurred_at) filter (where type = 'receipt.posted') as posted_at,
        min(occurred_at) filter (where type = 'supplier_invoice.received') as invoiced_at,
        min(occurred_at) filter (where type = 'payment.applied') as cleared_at
    from supplied group by no, po
),
heard as (
    select no, min(occurred_at) as first_at, max(occurred_at) as last_at, count(*) as events from supply group by no
),
total as (
    select no, sum(ordered) as ordered, sum(confirmed) as confirmed, sum(announced) as announced, sum(counted) as counted,
        sum(posted) as posted, sum(invoiced) as invoiced
    from folded_purchase_line group by no
)
select h.* exclude (refused_at, refused, taken, ended_at, emptied_at),
    coalesce(ended_at, case when ordered = 0 then emptied_at end) as cancelled_at,
    case when refused > coalesce(taken, refused - 1) then refused_at end as rejected_at,
    case when ended_at is not null or (ordered = 0 and emptied_at is not null) then 'cancelled'
        when refused > coalesce(taken, refused - 1) then 'rejected'
        when posted_at is not null and invoiced_at is not null then 'invoiced'
        when posted_at is not null then 'posted' when counted_at is not null then 'counted'
        when asn_at is not null then 'announced' when acknowledged_at is not null then 'acknowledged'
        when sent_at is not null then 'sent' else 'created' end as stage,
    t.* exclude (no), e.* exclude (no)
from head h join heard e using (no) left join total t using (no)
