-- What is shown of open orders and raises nothing: late, silent, and at risk. `slow` is what the pace of the steps says
-- (app/engine/forecast.py), `room` a working day before the last moment at which the running step may still end.
create or replace temp table remaining as
with alive as (
    select order_no, order_id, stage_rank, last_at, promised_at, partner, coalesce(carrier, '') as carrier, coalesce(partner, '') as node
    from folded_orders where stage_rank between 0 and 11
),
edition as (select distinct version, valid_from from profile)
select a.order_no, a.order_id, a.last_at, a.promised_at, a.partner,
    coalesce(coalesce(max(p.p95_seconds) filter (where p.at_node <> '' or p.lane <> ''), max(p.p95_seconds)) * 2000000, $silent)::bigint as quiet
from alive a asof left join edition e on a.last_at >= e.valid_from
join journey_step s on a.stage_rank between s.low and s.high
left join profile p on e.version = p.version and s.step = p.step and p.samples >= $samples and p.weekday = ''
    and case s.pace when 'partner' then p.at_node in ('', a.node) and p.lane = '' when 'carrier' then p.lane in ('', a.carrier) and p.at_node = ''
        else p.at_node = '' and p.lane = '' end
group by all;

-- needs remaining
insert into found by name
with working as (
    -- Two working days before the promise, on weekdays.
    select order_no, promised_at - to_days(case when isodow(promised_at) in (1, 2) then 4 when isodow(promised_at) = 7 then 3 else 2 end) as two_before
    from remaining where promised_at is not null
),
fact as (
    select b.order_no, 'blocked' as cause, greatest(min(b.since), w.two_before) as since from found b join working w on b.order_no = w.order_no
    where b.kind = 'blocked' group by b.order_no, w.two_before
    union all
    select m.order_no, 'clock:' || m.code, greatest(m.warn_at, r.since)
    from missed m join room r on m.order_no = r.order_no where m.warn_at is not null
),
risk as (
    select order_no, arg_min(cause, row(since, cause)) as cause, min(since) as since, null::timestamp as until from fact group by order_no
    union all by name
    select order_no, 'slow' as cause, since, until from slow
)
select r.order_no, 'late' as kind, 'promise_passed' as cause, 'order' as subject_type, r.order_id as subject, '1' as occurrence, r.promised_at as since,
    null::timestamp as until, 'erp' as system, r.partner, 'order-desk' as owner, 'high' as severity from remaining r where r.promised_at is not null
union all
select r.order_no, 'silent', 'nothing_heard', 'order', r.order_id, '1', r.last_at + to_microseconds(r.quiet), null, null, r.partner, 'order-desk', 'medium' from remaining r
union all
select k.order_no, 'at_risk', k.cause, 'order', r.order_id, '1', k.since, k.until, null, r.partner, 'order-desk', 'medium'
from risk k join remaining r on k.order_no = r.order_no where k.since < r.promised_at;

-- What the pace said of the last promise of each order, and what came of it: the forecast's own record is counted from this.
delete from forecast where order_no in (select order_no from touched);
insert into forecast by name
select o.order_no, o.partner, o.promised_at, s.said_at,
    case when o.stage_rank > 11 then case when o.delivered_at is null then o.stage_at else t.left_at end end as kept_at
from folded_orders o left join said s on o.order_no = s.order_no
left join (from step_taken where step = 'deliver') t on o.order_no = t.order_no
where o.stage_rank >= 0 and o.promised_at is not null
