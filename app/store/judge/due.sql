-- The clocks with their names spelled out, kept as `judged`; the touched orders take them as their new Dues.
create or replace temp table judged as
select r.rule, r.rule_version, r.code, s.subject_type, s.key as subject, c.occurrence, s.order_no, c.started_at,
    c.warn_at, c.due_at, c.met_at, c.void_at, c.start_event, c.stop_event, c.stop_arrived_at,
    case when c.flag is null then []::varchar[] else [c.flag] end as flags, c.calendar, c.partner, c.severity, c.owner
from clock c join rule_name r on c.rule = r.place join subject s on c.subject = s.number;
delete from due where order_no in (select order_no from touched);
insert into due by name from judged
