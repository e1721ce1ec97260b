-- Events that come in an order in which they must not, or that are missing. `one` is the first of a constraint, `two` the
-- second; both are of the same subject when they name the same leg and shipment, or one of them names none. A cancelled
-- line is not the whole, and what was said of a voided shipment counts no more. Clocks of two systems may differ by five
-- minutes. A step that no source sends, or that the node does not send, is not missing.
-- The next that follows a `cue` is an answer to it.
create or replace temp table said_step as
select a.order_no, a.act_no, a.type, a.moment, a.occurred_at, a.arrived_at, a.source, a.partner, case when a.type like 'order.%' then '' else coalesce(l.fo, '') end as fo,
    coalesce(s.sh, '') as sh, a.keys, coalesce(try_cast(a.attrs ->> '$.attempt' as integer), 1) as attempt
from act a left join event_leg l on a.act_no = l.act_no left join event_shipment s on a.act_no = s.act_no
left join folded_shipment f on s.order_no = f.order_no and s.sh = f.key
where a.type in (select one from expected union select two from expected) and f.voided_at is null
    and not (a.type like '%.cancelled' and coalesce(len(a.lines), 0) > 0);

create or replace temp table missed_step as
with cue as (
    select e.rule, e.place, s.order_no, s.sh, s.moment from expected e join said_step s on e.two = s.type where e.template = 'unless'
),
first as (
    select e.*, s.* from expected e join said_step s on e.one = s.type
    where (e.at_role = '' or split_part(s.partner, '.', 1) = e.at_role or (e.at_role = 'erp' and split_part(s.partner, '.', 1) = 'erp_legacy'))
        and (e.naming = '' or list_contains(list_transform(s.keys, lambda k: split_part(k, ':', 1)), e.naming))
),
answer as (
    select f.rule, f.place, f.order_no, f.moment from first f
    join cue c on f.rule = c.rule and f.place = c.place and f.order_no = c.order_no and c.moment < f.moment and (c.sh = '' or f.sh = '' or c.sh = f.sh)
    left join first b on f.rule = b.rule and f.place = b.place and f.order_no = b.order_no and b.moment < f.moment and (b.sh = '' or f.sh = '' or b.sh = f.sh)
    group by all having max(c.moment) > coalesce(max(b.moment), 0)
),
one as (from first anti join answer using (rule, place, order_no, moment)),
two as (select e.rule, e.place, e.over, s.* from expected e join said_step s on e.two = s.type where e.template <> 'unless')
select t.rule, t.place, t.order_no, t.fo, t.sh, t.moment, t.occurred_at, t.source, t.partner, t.occurred_at as known_at
from two t join expected e on t.rule = e.rule and t.place = e.place and e.template = 'absence_after'
where exists (select 1 from one o where o.rule = t.rule and o.place = t.place and o.order_no = t.order_no and o.moment < t.moment
    and (t.over = 'order' or o.fo = '' or t.fo = '' or o.fo = t.fo) and (t.over <> 'sh' or o.sh = '' or t.sh = '' or o.sh = t.sh))
union all
select t.rule, t.place, t.order_no, t.fo, t.sh, t.moment, t.occurred_at, t.source, t.partner, t.arrived_at
from two t join expected e on t.rule = e.rule and t.place = e.place and e.template = 'precedence'
where not exists (select 1 from unfed u where u.type = e.one and u.source in ('', split_part(t.fo, ':', 2))) and not exists (select 1 from one o where o.rule = t.rule and o.place = t.place and o.order_no = t.order_no and o.moment < t.moment
    and (t.over = 'order' or o.fo = '' or t.fo = '' or o.fo = t.fo) and (t.over <> 'sh' or o.sh = '' or t.sh = '' or o.sh = t.sh))
union all
select o.rule, o.place, o.order_no, o.fo, o.sh, o.moment, o.occurred_at, o.source, o.partner, o.arrived_at
from one o
where o.template in ('response', 'responded_existence')
    and not exists (select 1 from unfed u where u.type = o.two and u.source in ('', split_part(o.fo, ':', 2)))
    and not exists (select 1 from two t where t.rule = o.rule and t.place = o.place and t.order_no = o.order_no
        and (o.template = 'responded_existence' or t.occurred_at >= o.occurred_at - interval 5 minute)
        and (o.over = 'order' or o.fo = '' or t.fo = '' or o.fo = t.fo) and (o.over <> 'sh' or o.sh = '' or t.sh = '' or o.sh = t.sh))
union all
select rule, place, order_no, fo, sh, moment, occurred_at, source, partner, arrived_at from (
    select o.*, greatest(dense_rank() over earlier, max(o.attempt) over earlier) as so_many from one o
    where o.template = 'at_most' and not exists (select 1 from two t where t.rule = o.rule and t.place = o.place and t.order_no = o.order_no and t.moment > o.moment
        and (o.over = 'order' or o.fo = '' or t.fo = '' or o.fo = t.fo) and (o.over <> 'sh' or o.sh = '' or t.sh = '' or o.sh = t.sh))
    window earlier as (partition by o.rule, o.place, o.order_no, case o.over when 'fo' then o.fo when 'sh' then o.sh end order by o.moment)
) where so_many > times;

-- Every constraint by itself, and where a rule says so all that an order misses together, from the first of it on. The event that is too much names
-- the fault by its shipment; the one that is missing by its type.
insert into finding by name
with broken_once as (
    select m.rule, m.order_no, case e.over when 'sh' then m.sh when 'fo' then m.fo else '' end as subject, e.template, e.one, e.two, e.together,
        e.two as told, min(e.place) as place, arg_min(nullif(e.cause, ''), e.place) as cause, min(m.known_at + to_microseconds(e.settle + e.within)) as known_at, min(m.occurred_at) as occurred_at,
        min(m.moment) as moment, arg_min(m.source, m.moment) as source, arg_min(m.partner, row(m.known_at, m.partner)) as receiver
    from missed_step m join expected e on m.rule = e.rule and m.place = e.place and e.template not in ('since', 'unless') group by all
),
named_fault as (
    select rule, order_no, subject, template, two as cause, arg_min(cause, place) as said, min(known_at) as known_at, min(occurred_at) as occurred_at,
        min(source) as source, min(receiver) as receiver, bool_or(one = 'message.acknowledged') as accepted
    from broken_once where not together group by rule, order_no, subject, template, two
    union all
    select rule, order_no, subject, 'together', string_agg(told, ' ' order by told), null, min(known_at), min(occurred_at), min(source), min(receiver), false
    from (
        select rule, order_no, subject, told, min(known_at) as known_at, min(occurred_at) as occurred_at, arg_min(source, moment) as source, min(receiver) as receiver
        from broken_once where together group by rule, order_no, subject, told
    ) group by rule, order_no, subject
)
select f.order_no, case when accepted then 'outcome' else 'ledger' end as kind, f.rule as fact, coalesce(f.said, f.cause) as cause,
    case when f.subject = '' then 'order' else split_part(f.subject, ':', 1) end as subject_type, coalesce(nullif(f.subject, ''), o.order_id) as subject,
    concat_ws(' ', case f.template when 'together' then f.cause
        when 'at_most' then strftime(f.occurred_at, '%Y-%m-%dT%H:%M:%S.%f') when 'absence_after' then coalesce(nullif(f.subject, ''), strftime(f.occurred_at, '%Y-%m-%dT%H:%M:%S.%f'))
        else concat(f.cause, ' ', strftime(f.known_at, '%Y-%m-%dT%H:%M:%S.%f')) end,
        case when split_part(f.subject, ':', 1) not in ('', 'fo') then o.order_id end) as occurrence, f.known_at,
    case when accepted then f.receiver end as system, case when accepted then 'mw' end as other,
    case when accepted then o.partner else coalesce(f.source, o.partner) end as partner
from named_fault f join folded_orders o on f.order_no = o.order_no
