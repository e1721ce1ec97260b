-- What rules read: each owned event of the touched orders, for the order and for each fulfillment order and shipment
-- that it concerns: the one it names, else the one its package belongs to, else all of the order, else the order.
create or replace temp table step as
select order_no, event_id, source, source_rank, type, occurred_at, arrived_at, revision, promised_at,
    case when role = 'crm' and type = 'crm.order_status_updated' then w.stage_rank else t.stage_rank end as stage_rank,
    partner, tier, channel, entity, customer, hold_id, false as inferred,
    list_filter(keys, lambda k: starts_with(k, 'fo:')) as fo,
    list_filter(keys, lambda k: starts_with(k, 'sh:')) as sh,
    list_filter(keys, lambda k: starts_with(k, 'tr:') or starts_with(k, 'pk:') or starts_with(k, 'pro:')) as box
from act t left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
where t.order_no in (select order_no from folded_orders)
    and (type in (select type from rule_type) or type in (select type from implied_step));
insert into step by name
select s.* replace (i.step as type, true as inferred, g.stage_rank as stage_rank)
from step s join implied_step i on s.type = i.type join event_type g on i.step = g.type
where not s.inferred;
delete from step where type not in (select type from rule_type);

create or replace temp table named_fo as
select distinct order_no, unnest(fo) as fo from step;
create or replace temp table named_sh as
select distinct order_no, unnest(sh) as sh from step;
create or replace temp table tied as
select distinct order_no, fo, sh, unnest(box) as box from (select order_no, unnest(fo) as fo, sh, box from step) where len(box) > 0;
create or replace temp table tied_sh as
select distinct order_no, fo, unnest(sh) as sh from (select order_no, unnest(fo) as fo, sh from step) where len(sh) > 0;
create or replace temp table box_sh as
select distinct order_no, sh, unnest(box) as box from (select order_no, unnest(sh) as sh, box from step) where len(box) > 0;

create or replace temp table moment as
with by_order as (
    select 'order' as over, 'order' as subject_type, o.order_id as subject, s.* exclude (fo, sh, box)
    from step s join folded_orders o using (order_no)
),
fo_of as (
    select order_no, event_id, type, inferred, unnest(fo) as subject from step
    union
    select s.order_no, s.event_id, s.type, s.inferred, t.fo from step s join tied_sh t on s.order_no = t.order_no and list_contains(s.sh, t.sh)
    where len(s.fo) = 0
    union
    select s.order_no, s.event_id, s.type, s.inferred, t.fo from step s join tied t on s.order_no = t.order_no and list_contains(s.box, t.box)
    where len(s.fo) = 0 and len(s.sh) = 0
),
fo_all as (
    from fo_of
    union all
    select s.order_no, s.event_id, s.type, s.inferred, coalesce(f.fo, '') from step s left join named_fo f using (order_no)
    where not exists (select 1 from fo_of x where x.order_no = s.order_no and x.event_id = s.event_id and x.type = s.type)
),
sh_of as (
    select order_no, event_id, type, inferred, unnest(sh) as subject from step
    union
    select s.order_no, s.event_id, s.type, s.inferred, b.sh from step s join box_sh b on s.order_no = b.order_no and list_contains(s.box, b.box)
    where len(s.sh) = 0
),
sh_all as (
    from sh_of
    union all
    select s.order_no, s.event_id, s.type, s.inferred, coalesce(f.sh, '') from step s left join named_sh f using (order_no)
    where not exists (select 1 from sh_of x where x.order_no = s.order_no and x.event_id = s.event_id and x.type = s.type)
)
select over, subject_type, subject, order_no, type, occurred_at, arrived_at, source, source_rank, event_id, inferred,
    revision, promised_at, stage_rank, partner, tier, channel, entity, customer, hold_id
from (
    from by_order
    union all by name
    select 'fo' as over, case when f.subject = '' then 'order' else 'fo' end as subject_type,
        case when f.subject = '' then o.order_id else f.subject end as subject, s.* exclude (fo, sh, box)
    from fo_all f join step s using (order_no, event_id, type, inferred) join folded_orders o using (order_no)
    union all by name
    select 'sh' as over, case when f.subject = '' then 'order' else 'sh' end as subject_type,
        case when f.subject = '' then o.order_id else f.subject end as subject, s.* exclude (fo, sh, box)
    from sh_all f join step s using (order_no, event_id, type, inferred) join folded_orders o using (order_no)
);
-- Labels that an event does not carry are those of its order.
update moment m set partner = coalesce(m.partner, o.partner), tier = coalesce(m.tier, o.tier),
    channel = coalesce(m.channel, o.channel), entity = coalesce(m.entity, o.entity), customer = coalesce(m.customer, o.customer)
from folded_orders o where m.order_no = o.order_no
