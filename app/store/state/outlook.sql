-- What is shown of open orders and raises nothing: late, silent, and at risk. Durations are those of the newest profile
-- that was valid at the order's last event, at its node or carrier where enough is known, else anywhere, else as usual.
create or replace temp table remaining as
with alive as (
    select order_no, order_id, stage_rank, stage_at, last_at, promised_at, partner, coalesce(carrier, '') as carrier, coalesce(partner, '') as node
    from folded_orders where stage_rank between 0 and 11
),
edition as (select distinct version, valid_from from profile),
newest as (select a.*, e.version from alive a asof left join edition e on a.last_at >= e.valid_from),
paced as (
    select n.order_no, s.step, s.low, s.high, s.usual,
        coalesce(max(p.p80_seconds) filter (where p.at_node <> ''), max(p.p80_seconds)) * 1000000 as p80,
        coalesce(max(p.p95_seconds) filter (where p.at_node <> ''), max(p.p95_seconds)) * 1000000 as p95
    from newest n join journey_step s on s.high >= n.stage_rank
    left join profile p on n.version = p.version and s.step = p.step and p.samples >= $samples
        and p.at_node in ('', case s.pace when 'partner' then n.node when 'carrier' then n.carrier else '' end)
    group by n.order_no, s.step, s.low, s.high, s.usual
)
select a.order_no, a.order_id, a.stage_at, a.last_at, a.promised_at, a.partner,
    sum(coalesce(p.p80, p.usual))::bigint as needed, coalesce(max(p.p95) filter (where a.stage_rank between p.low and p.high) * 2, $silent)::bigint as quiet
from alive a join paced p on a.order_no = p.order_no group by all;

-- needs remaining
insert into found by name
with working as (
    -- Two working days before the promise, on weekdays.
    select order_no, promised_at - to_days(case when isodow(promised_at) in (1, 2) then 4 when isodow(promised_at) = 7 then 3 else 2 end) as two_before
    from remaining where promised_at is not null
),
threat as (
    select order_no, 'slow' as cause, greatest(promised_at - to_microseconds(needed), stage_at) as since from remaining where promised_at is not null
    union all
    select b.order_no, 'blocked', greatest(min(b.since), w.two_before) from found b join working w on b.order_no = w.order_no
    where b.kind = 'blocked' group by b.order_no, w.two_before
    union all
    select m.order_no, 'clock:' || m.code, greatest(m.warn_at, r.promised_at - to_microseconds(r.needed) - interval 1 day)
    from missed m join remaining r on m.order_no = r.order_no where m.warn_at is not null and r.promised_at is not null
),
risk as (select order_no, arg_min(cause, row(since, cause)) as cause, min(since) as since from threat group by order_no)
select r.order_no, 'late' as kind, 'promise_passed' as cause, 'order' as subject_type, r.order_id as subject, '1' as occurrence, r.promised_at as since, 'erp' as system, r.partner,
    'order-desk' as owner, 'high' as severity from remaining r where r.promised_at is not null
union all
select r.order_no, 'silent', 'nothing_heard', 'order', r.order_id, '1', r.last_at + to_microseconds(r.quiet), null, r.partner, 'order-desk', 'medium' from remaining r
union all
select k.order_no, 'at_risk', k.cause, 'order', r.order_id, '1', k.since, null, r.partner, 'order-desk', 'medium'
from risk k join remaining r on k.order_no = r.order_no where k.since < r.promised_at
