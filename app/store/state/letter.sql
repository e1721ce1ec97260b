-- The newest technical words about each fulfillment order, shipment, or the order as such.
create or replace temp table letter as
with said as (
    select a.order_no, coalesce(l.fo, '') as fo, coalesce(s.sh, '') as sh, a.type, a.moment, a.occurred_at, a.source,
        coalesce(a.partner, '') as partner
    from act a left join event_leg l on a.act_no = l.act_no
    left join event_shipment s on a.act_no = s.act_no
    where a.type in ('message.sent', 'message.acknowledged', 'message.rejected', 'message.dead_lettered', 'message.replayed')
)
select order_no, fo, sh, max(moment) filter (where type = 'message.dead_lettered') as dead,
    max(moment) filter (where type = 'message.rejected') as refused,
    max(moment) filter (where type in ('message.acknowledged', 'message.replayed')) as good,
    max(moment) filter (where type = 'message.acknowledged') as acknowledged,
    max(occurred_at) filter (where type = 'message.dead_lettered') as dead_at,
    max(occurred_at) filter (where type = 'message.rejected') as refused_at,
    arg_max(source, moment) filter (where type in ('message.rejected', 'message.dead_lettered')) as source,
    arg_max(partner, moment) filter (where type in ('message.rejected', 'message.dead_lettered')) as partner
from said group by all
