-- The clocks with their names spelled out, `judged`; the touched orders take them as their new Dues. `awaited` is the
-- source that must tell of the stop: the node, the carrier, else the one source of that role that has told of the order,
-- else the role. Where one source speaks for all, it is that one.
-- needs clock
create or replace temp table only_source as
select order_no, case role when 'erp_legacy' then 'erp' else role end as role, min(source) as source from act
group by all having min(source) = max(source)
union all
select order_no, null, min(source) from act group by order_no having min(source) = max(source) and min(source_rank) = 99;

create or replace temp view judged as
select r.rule, r.rule_version, r.code, s.subject_type, s.key as subject,
    -- Several orders may share a shipment, an invoice or a return: each has its own clock on it.
    case when s.subject_type in ('sh', 'inv', 'rma') then concat_ws(' ', c.occurrence, f.order_id) else c.occurrence end as occurrence, s.order_no, c.started_at,
    c.warn_at, c.due_at, c.met_at, c.void_at, c.start_event, c.stop_event, c.stop_arrived_at,
    case when c.flag is null then []::varchar[] else string_split(c.flag, ' ') end as flags, c.calendar, c.partner, c.severity, c.owner,
    case when a.source is not null then a.source
        when w.role in ('3pl', 'wms') then coalesce(c.partner, f.partner, w.role)
        when w.role = 'carrier' then case when c.partner like 'carrier%' then c.partner else concat_ws('.', w.role, f.carrier) end
        when w.role = 'sup' then coalesce(c.partner, w.role)
        else coalesce(o.source, w.role) end as awaited
from clock c join rule_name r on c.rule = r.place join subject s on c.subject = s.number
left join folded_orders f on s.order_no = f.order_no left join rule_role w on r.rule = w.rule and r.rule_version = w.rule_version
left join only_source o on s.order_no = o.order_no and w.role = o.role
left join only_source a on s.order_no = a.order_no and a.role is null;
delete from due where order_no in (select order_no from touched);
-- needs clock
insert into due by name from judged
