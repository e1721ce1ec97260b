-- Partners that cannot be reached: the newest word of those of whom something new was heard. The orders that have been
-- sent there, or should be, are touched.
create or replace temp table outage_heard as
select distinct coalesce(partner, source) as partner from event
where seq between $first and $last and type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed');

delete from judgement where kind = 'outage' and subject in (select partner from outage_heard);
insert into judgement by name
with word as (
    select coalesce(e.partner, e.source) as partner, e.source, e.type in ('partner.outage_started', 'circuit.opened') as down, e.occurred_at,
        epoch_us(e.occurred_at)::hugeint * 18446744073709551616 + e.event_id as moment, e.reason
    from event e anti join outdone o on e.seq = o.seq
    where e.type in ('partner.outage_started', 'partner.outage_ended', 'circuit.opened', 'circuit.closed')
        and coalesce(e.partner, e.source) in (select partner from outage_heard) and e.occurred_at <= $now
),
up as (select partner, max(moment) as moment from word where not down group by partner)
select -(hash('partner:' || w.partner) >> 2)::bigint as order_no, 'outage' as kind, 'partner_outage' as code,
    coalesce(arg_min(w.reason, w.moment), 'unreachable') as cause, 'partner' as subject_type, w.partner as subject,
    strftime(min(w.occurred_at), '%Y-%m-%dT%H:%M:%S.%f') as occurrence, min(w.occurred_at) as since, arg_min(w.source, w.moment) as system, w.partner,
    'integration' as owner, 'critical' as severity
from word w left join up u on w.partner = u.partner where w.down and w.moment > coalesce(u.moment, 0) group by w.partner;

insert into also_touched select -(hash('partner:' || partner) >> 2)::bigint from outage_heard;
insert into touched
select order_no from orders where stage_rank between 0 and 11 and (
    partner in (select partner from outage_heard)
    or order_no in (select order_no from fulfillment where partner in (select partner from outage_heard))
)
except select order_no from touched
