-- Sources whose last full extract differed from what we held: since the first of them that differed in a row.
create or replace temp table extract_heard as
select distinct attrs ->> '$.of' as subject from event
where seq between $first and $last and type = 'reconciliation.completed' and source = 'orderscope';

delete from judgement where kind = 'extract' and subject in (select subject from extract_heard);
insert into judgement by name
with word as (
    select e.attrs ->> '$.of' as subject, e.reason as cause, e.occurred_at, e.reason <> 'equal' as differs,
        epoch_us(e.occurred_at)::hugeint * 18446744073709551616 + e.event_id as moment
    from event e anti join outdone o on e.seq = o.seq
    where e.type = 'reconciliation.completed' and e.source = 'orderscope' and e.occurred_at <= $now
        and e.attrs ->> '$.of' in (select subject from extract_heard)
),
equal as (select subject, max(moment) as moment from word where not differs group by subject)
select -(hash('extract:' || w.subject) >> 2)::bigint as order_no, 'extract' as kind, k.code,
    arg_max(w.cause, w.moment) as cause, 'source' as subject_type, w.subject, '' as occurrence, min(w.occurred_at) as since,
    w.subject as system, k.owner, k.severity
from word w join agreement_rule k on k.of = 'extract'
left join equal q on w.subject = q.subject
where w.differs and w.moment > coalesce(q.moment, 0) group by w.subject, k.code, k.owner, k.severity;

delete from extract_compared where subject in (select subject from extract_heard);
insert into extract_compared
select attrs ->> '$.of' as subject, max(occurred_at) as compared_at from event e anti join outdone o on e.seq = o.seq
where type = 'reconciliation.completed' and source = 'orderscope' and occurred_at <= $now
    and attrs ->> '$.of' in (select subject from extract_heard) group by attrs ->> '$.of';

insert into also_touched select -(hash('extract:' || subject) >> 2)::bigint from extract_heard
