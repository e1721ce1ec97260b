-- The difference between what should stand and what was last said, as intents in a settled order: first what is wrong
-- (of systems before orders, which may fold under them), then what is over, so that a case whose reason changes is not
-- closed and opened again. What another rule says now is another reason. `mistaken` is what was never so: it hung on a time that
-- cannot be trusted, or one of two systems that seemed to differ had followed in time and was only heard late.
create or replace temp table standing as
select a.*, coalesce(case
    when a.code = 'reported_late' or a.code in (select code from timed_code) then a.order_no in (select order_no from doubted)
    when a.code = 'status_diverged' then exists (
        select 1 from trail t where t.order_no = a.order_no and t.seq > (select seq from cursor_state) and t.occurred_at <= a.due_at and t.arrived_at > a.due_at
            and (t.role in ('erp', 'erp_legacy') or (t.role = 'carrier' and contains(a.cause, ':stage:')) or a.system in (t.source, t.role))
    ) end, false) as mistaken
from alarm a semi join (select order_no from judged_order union select order_no from touched) t on a.order_no = t.order_no;

-- needs wanted or standing
create or replace temp table fresh_intent as
with matched as (
    select coalesce(w.code, s.code) as code, coalesce(w.subject_type, s.subject_type) as subject_type,
        coalesce(w.subject, s.subject) as subject, coalesce(w.occurrence, s.occurrence) as occurrence,
        w.code is not null as wanted, s.code is not null as stood,
        w.condition as now_condition, s.condition as was_condition,
        row(w.order_id, w.cause, w.due_at, w.severity, w.owner, w.partner, w.value, w.customer, w.confidence) as now_face,
        row(s.order_id, s.cause, s.due_at, s.severity, s.owner, s.partner, s.value, s.customer, s.confidence) as was_face,
        coalesce(w.cause, s.cause) as cause, coalesce(w.due, s.due, s.rule <> lower(s.rule)) as due, coalesce(w.rule, s.rule) as rule,
        coalesce(w.rule_version, s.rule_version) as rule_version,
        coalesce(w.confidence, s.confidence) as confidence, coalesce(w.order_id, s.order_id) as order_id,
        coalesce(w.so, s.so) as so, coalesce(w.customer, s.customer) as customer, coalesce(w.partner, s.partner) as partner,
        coalesce(w.system, s.system) as system, coalesce(w.tier, s.tier) as tier, coalesce(w.channel, s.channel) as channel,
        coalesce(w.entity, s.entity) as entity, coalesce(w.severity, s.severity) as severity,
        coalesce(w.owner, s.owner) as owner, coalesce(w.value, s.value) as value, coalesce(w.currency, s.currency) as currency,
        coalesce(s.mistaken, false) as mistaken,
        coalesce(w.started_at, s.started_at) as started_at, coalesce(w.due_at, s.due_at) as due_at, w.met_at,
        coalesce(w.evidence, s.evidence) as evidence
    from wanted w full join standing s
        on w.code = s.code and w.subject_type = s.subject_type and w.subject = s.subject and w.occurrence = s.occurrence and w.rule = s.rule
),
decided as (
    select m.*,
        case
            when not stood then 'raise'
            when not wanted and not due and not mistaken then 'clear'
            when not wanted then 'void'
            when was_condition = 'active' and now_condition = 'cleared' then 'clear'
            when was_condition <> 'active' and now_condition = 'active' then 'raise'
            when now_face is distinct from was_face then 'update'
        end as action,
        case when wanted then now_condition when not due and not mistaken then 'cleared' else 'void' end as condition,
        not stood and now_condition = 'cleared' as found_late
    from matched m where not (stood and not wanted and was_condition in ('cleared', 'void') and not due and not mistaken)
),
reasoned as (
    select d.* exclude (condition), d.condition,
        case when action <> 'void' then '' when v.void_at is not null then 'cancelled'
            when v.due_at is distinct from d.due_at and v.rule is not null then 'due_moved'
            when v.met_at is not null then 'reported_late' else 'not_so' end as reason, v.due_at as new_due_at,
        coalesce(d.met_at, v.met_at) as healed_at
    from decided d left join due v on action = 'void' and v.rule = d.rule and v.subject_type = d.subject_type
        and v.subject = d.subject and v.occurrence = d.occurrence
    where action is not null and not (action = 'void' and was_condition = 'void')
)
select $intent + row_number() over (order by action in ('clear', 'void'), subject_type not in ('source', 'partner'), due_at, code, subject, occurrence, rule, action) as seq, $now as raised_at,
    action, reason, found_late, code, cause, subject_type, subject, occurrence, rule, rule_version, condition, confidence,
    order_id, so, customer, partner, system, tier, channel, entity, severity, owner, value, currency, started_at,
    case when reason = 'due_moved' then new_due_at else due_at end as due_at,
    healed_at as met_at, evidence
from reasoned;

-- needs fresh_intent
insert into case_intent by name from fresh_intent;
-- needs standing
delete from alarm a using standing s
where a.code = s.code and a.subject_type = s.subject_type and a.subject = s.subject and a.occurrence = s.occurrence
    and a.rule = s.rule;
-- needs wanted
insert into alarm by name from wanted
