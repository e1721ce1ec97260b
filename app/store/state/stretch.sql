-- The stretches of the touched orders: between two facts (a step begins or ends, a promise is given or moved) the forecast
-- goes by one step, one promise, and the profile that was in force when the stretch began. `walk` numbers what a forecast
-- goes by but for the running step; of every step still to come the pace on any day counts.
create or replace temp table step_taken as
from steps_taken('folded_orders', 'folded_milestone', 'folded_fulfillment', 'folded_shipment');

create or replace temp table stretch as
with promise as (
    select order_no, occurred_at as given_at, promised_at, moment from act
    where promised_at is not null and type in ('order.captured', 'order.created', 'order.acknowledged', 'order.changed', 'order.promise_changed')
    qualify lag(promised_at) over (partition by order_no order by moment) is distinct from promised_at
),
given as (
    select *, lead(given_at) over (partition by order_no order by moment) as until,
        row_number() over (partition by order_no order by moment) as promise from promise
),
running as (
    select t.order_no, t.step, t.place, t.entered_at, t.left_at is null as open, g.promised_at, g.promise, g.until is null as last,
        greatest(t.entered_at, g.given_at) as from_at, least(t.left_at, g.until) as to_at
    from step_taken t join given g on t.order_no = g.order_no where t.begun
),
edition as (select version, valid_from from profile union select version, valid_from from forecast_record)
select r.*, e.version, coalesce(f."off", false) as "off", coalesce(o.partner, '') as partner, coalesce(o.carrier, '') as carrier,
    case isodow(r.entered_at) when 5 then 'friday' when 6 then 'weekend' when 7 then 'weekend' else 'weekday' end as weekday,
    dense_rank() over (order by r.order_no, r.promise, e.version) as walk
from (from running where to_at is null or from_at < to_at) r join folded_orders o on r.order_no = o.order_no
asof left join edition e on r.from_at >= e.valid_from
left join forecast_record f on e.version = f.version and o.partner = f.partner;

create or replace temp table paced as
with asked as (
    select distinct version, step, partner, carrier, weekday from stretch
    union
    select distinct w.version, s.step, w.partner, w.carrier, '' from stretch w cross join journey_step s
)
select a.*, arg_max(p.p80_seconds, p.narrow) as p80, arg_max(p.quantiles, p.narrow) as quantiles
from asked a left join (
    select *, (lane <> '')::int * 4 + (at_node <> '')::int * 2 + (weekday <> '')::int as narrow from profile where samples >= $samples
) p on a.version = p.version and a.step = p.step and p.at_node in ('', a.partner) and p.lane in ('', a.carrier) and p.weekday in ('', a.weekday)
group by all
