-- What should stand open by now for the orders at hand: breached Dues and judgements, one row per code, subject and
-- occurrence. `cleared` is a breach that has healed; `system` is the one whose step is awaited; `due` says that it is a
-- Due that was missed. What is no order has none of an order's labels. `value` is what
-- is at risk: goods that have not left.
create or replace temp table wanted as
with breach as (
    select d.order_no, d.code, d.code as cause, d.subject_type, d.subject, d.occurrence, d.rule, d.rule_version, true as due,
        case when d.met_at is null then 'active' else 'cleared' end as condition,
        case when d.met_at is null then 'presumed' else 'confirmed' end as confidence,
        d.owner,
        case when b.rule is null then d.severity when d.severity = 'low' then 'medium' when d.severity = 'medium' then 'high' else 'critical' end as severity,
        coalesce(d.partner, o.partner) as partner,
        case when r.role in ('3pl', 'wms') then coalesce(d.partner, o.partner, r.role)
            when r.role = 'carrier' then concat_ws('.', r.role, o.carrier) else r.role end as system,
        d.started_at, d.due_at, d.met_at,
        list_filter([format('{:016x}', d.start_event), format('{:016x}', d.stop_event)], lambda e: e is not null) as evidence
    from due d semi join judged_order j on d.order_no = j.order_no join orders o on d.order_no = o.order_no
    left join rule_role r on d.rule = r.rule left join rule_band b on d.rule = b.rule and o.currency = b.currency and o.value >= b.amount
    where d.void_at is null and d.due_at < $now and (d.met_at is null or d.met_at > d.due_at)
),
judged_wrong as (
    select f.order_no, f.code, f.cause, f.subject_type, f.subject, f.occurrence, coalesce(f.rule, f.kind) as rule,
        coalesce(f.rule_version, '1') as rule_version, false as due,
        'active' as condition, 'confirmed' as confidence, f.owner, f.severity, f.partner, f.system,
        f.since as started_at, f.since as due_at, null::timestamp as met_at,
        case when f.kind in ('agreement', 'slo', 'interface') then [f.detail] else [] end::varchar[] as evidence
    from judgement f semi join judged_order j on f.order_no = j.order_no
    where f.since <= $now and (f.until is null or f.until > $now) and f.code is not null
),
every as (from breach union all by name from judged_wrong)
select e.* exclude (partner, system), o.order_id, o.so, o.customer, e.partner, e.system, o.tier, o.channel, o.entity,
    greatest(coalesce(o.open_value, o.value), 0) as value, o.currency
from every e left join orders o on e.order_no = o.order_no
where o.order_no is not null or e.order_no < 0
