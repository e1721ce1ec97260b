-- What should stand open by now for the orders at hand: breached Dues and judgements, one row per code, subject, occurrence
-- and rule. `cleared` is a breach that has healed; `system` is the one whose step is awaited; `due` says that it is a
-- Due that was missed. A Due that waits for a source that is declared and was never heard accuses nobody, nor does what hangs
-- on a time that cannot be trusted (judge/doubt). What is no order
-- has none of an order's labels. `value` is what is at risk: goods that have not left.
create or replace temp table wanted as
with breach as (
    select d.order_no, d.code, d.code as cause, d.subject_type, d.subject, d.occurrence, d.rule, d.rule_version, true as due,
        case when d.met_at is null then 'active' else 'cleared' end as condition,
        sureness(d.met_at is not null, d.due_at, s.watermark, s.unknown) as confidence,
        d.owner,
        case when b.rule is null then d.severity when d.severity = 'low' then 'medium' when d.severity = 'medium' then 'high' else 'critical' end as severity,
        coalesce(d.partner, o.partner) as partner, d.awaited as system, d.awaited,
        d.started_at, d.due_at, d.met_at,
        list_filter([format('{:016x}', d.start_event), format('{:016x}', d.stop_event)], lambda e: e is not null) as evidence
    from due d semi join judged_order j on d.order_no = j.order_no left join orders o on d.order_no = o.order_no
    left join rule_band b on d.rule = b.rule and d.rule_version = b.rule_version and o.currency = b.currency and o.value >= b.amount
    left join source_state s on d.awaited = s.system
    where d.void_at is null and d.due_at < $now and (d.met_at is null or d.met_at > d.due_at)
        and not coalesce(d.met_at is null and s.never, false)
        and coalesce(d.start_event, 0) not in (select event_id from doubted)
        -- What was too late even by a time that is too early was too late.
        and (coalesce(d.stop_event, 0) not in (select event_id from doubted) or d.met_at < d.stop_arrived_at)
),
judged_wrong as (
    select f.order_no, f.code, f.cause, f.subject_type, f.subject, f.occurrence, coalesce(f.rule, f.kind) as rule,
        coalesce(f.rule_version, '1') as rule_version, false as due,
        'active' as condition, 'confirmed' as confidence, f.owner, f.severity, f.partner, f.system,
        coalesce(f.began_at, f.since) as started_at, f.since as due_at, null::timestamp as met_at,
        case when f.kind in ('agreement', 'slo', 'interface') then [f.detail] else [] end::varchar[] as evidence
    from judgement f semi join judged_order j on f.order_no = j.order_no
    where f.since <= $now and (f.until is null or f.until > $now) and f.code is not null
        and not (f.code in (select code from timed_code) and f.order_no in (select order_no from doubted))
),
-- What was done in time and reported after the clock had run out: over at once, and the sender's.
reported as (
    select d.order_no, j.code, d.code as cause, d.subject_type, d.subject, concat_ws(' ', d.rule, d.occurrence) as occurrence,
        'reported' as rule, d.rule_version, false as due, 'cleared' as condition, 'confirmed' as confidence, j.owner, j.severity,
        coalesce(d.partner, o.partner) as partner, coalesce(r.role, '') as role, o.carrier,
        d.due_at as started_at, d.due_at, d.stop_arrived_at as met_at, [format('{:016x}', d.stop_event)] as evidence
    from due d semi join judged_order w on d.order_no = w.order_no left join orders o on d.order_no = o.order_no
    left join rule_role r on d.rule = r.rule and d.rule_version = r.rule_version cross join judged_code j
    where list_contains(d.flags, 'reported_late') and coalesce(d.start_event, 0) not in (select event_id from doubted)
        and coalesce(d.stop_event, 0) not in (select event_id from doubted)
),
every as (
    from breach union all by name from judged_wrong union all by name
    select * exclude (role, carrier), case when role in ('3pl', 'wms') then coalesce(partner, role)
        when role = 'carrier' then concat_ws('.', role, carrier) else role end as system from reported
)
select e.* exclude (partner, system), o.order_id, o.so, o.customer, e.partner, e.system, o.tier, o.channel, o.entity,
    greatest(coalesce(o.open_value, o.value), 0) as value, o.currency
from every e left join orders o on e.order_no = o.order_no
where o.order_no is not null or e.order_no < 0
