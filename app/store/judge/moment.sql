-- What rules read: each owned event of the touched orders, for the order and for each fulfillment order and shipment
-- that it concerns: the one it names, else the one its package belongs to, else all of the order, else the order.
-- Only what some rule reads, for the subjects over which it is read.
create or replace temp table named as
select order_no, list_filter(keys, lambda k: starts_with(k, 'fo:')) as fo,
    list_filter(keys, lambda k: starts_with(k, 'sh:')) as sh,
    list_filter(keys, lambda k: starts_with(k, 'tr:') or starts_with(k, 'pk:') or starts_with(k, 'pro:')) as box
from act where order_no in (select order_no from folded_orders)
    and len(list_filter(keys, lambda k: starts_with(k, 'fo:') or starts_with(k, 'sh:'))) > 0;

create or replace temp table step as
select row_number() over () as n, t.order_no, event_id, source, source_rank, type, occurred_at, t.arrived_at, t.revision, t.promised_at,
    case when role = 'crm' and type = 'crm.order_status_updated' then w.stage_rank else t.stage_rank end as stage_rank,
    t.partner, t.tier, t.channel, t.entity, t.customer, t.hold_id, false as inferred,
    list_filter(keys, lambda k: starts_with(k, 'fo:')) as fo,
    list_filter(keys, lambda k: starts_with(k, 'sh:')) as sh,
    list_filter(keys, lambda k: starts_with(k, 'tr:') or starts_with(k, 'pk:') or starts_with(k, 'pro:')) as box
from act t join folded_orders o on t.order_no = o.order_no
left join crm_word w on t.role = 'crm' and lower(t.status) = w.word
-- A cancelled line ends no clock of its order; it does when it was the last one.
where (t.type <> 'order.cancelled' or coalesce(len(t.lines), 0) = 0 or o.stage_rank = -1)
    and (type in (select type from rule_type) or type in (select type from implied_step));
insert into step by name
select s.* replace (-row_number() over () as n, i.step as type, true as inferred, g.stage_rank as stage_rank)
from step s join implied_step i on s.type = i.type join event_type g on i.step = g.type
where not s.inferred and i.step in (select type from rule_type);
delete from step where type not in (select type from rule_type);

create or replace temp table fo_step as
select n, order_no, fo, sh, box from step where type in (select type from rule_type where over = 'fo');
create or replace temp table sh_step as
select n, order_no, sh, box from step where type in (select type from rule_type where over = 'sh');

-- Which package belongs to which, as any event of the order tells.
create or replace temp table tie as
select distinct order_no, unnest(fo) as fo, sh, box from (
    select order_no, fo, unnest(case when len(sh) = 0 then [''] else sh end) as sh, box from (
        select order_no, fo, sh, unnest(case when len(box) = 0 then [''] else box end) as box from (
            select distinct order_no,
                case when len(fo) = 0 then [''] else fo end as fo, sh, box
            from named where len(fo) + len(sh) + len(box) > 1
        )
    )
);

create or replace temp table moment as
with fo_named as (
    select n, unnest(fo) as subject from fo_step
    union
    select s.n, t.fo from (select n, order_no, unnest(sh) as one from fo_step where len(fo) = 0) s
    join tie t on s.order_no = t.order_no and s.one = t.sh and t.fo <> ''
    union
    select s.n, t.fo from (select n, order_no, unnest(box) as one from fo_step where len(fo) = 0 and len(sh) = 0) s
    join tie t on s.order_no = t.order_no and s.one = t.box and t.fo <> ''
),
fo_all as (
    select 'fo' as over, n, subject from fo_named
    union all
    select 'fo', s.n, coalesce(f.fo, '') from (select n, order_no from fo_step anti join fo_named using (n)) s
    left join (select distinct order_no, unnest(fo) as fo from named) f using (order_no)
),
sh_named as (
    select n, unnest(sh) as subject from sh_step
    union
    select s.n, t.sh from (select n, order_no, unnest(box) as one from sh_step where len(sh) = 0) s
    join tie t on s.order_no = t.order_no and s.one = t.box and t.sh <> ''
),
sh_all as (
    select 'sh' as over, n, subject from sh_named
    union all
    select 'sh', s.n, coalesce(f.sh, '') from (select n, order_no from sh_step anti join sh_named using (n)) s
    left join (select distinct order_no, unnest(sh) as sh from named) f using (order_no)
),
concerns as (
    select 'order' as over, n, '' as subject from step where type in (select type from rule_type where over = 'order')
    union all from fo_all
    union all from sh_all
)
-- Labels that an event does not carry are those of its order.
select c.over, case when c.subject = '' then 'order' else c.over end as subject_type,
    case when c.subject = '' then o.order_id else c.subject end as subject,
    t.order_no, t.type, t.occurred_at, t.arrived_at, t.source, t.source_rank, t.event_id, t.inferred, t.revision,
    t.promised_at, t.stage_rank, coalesce(t.partner, o.partner) as partner, coalesce(t.tier, o.tier) as tier,
    coalesce(t.channel, o.channel) as channel, coalesce(t.entity, o.entity) as entity,
    coalesce(t.customer, o.customer) as customer, t.hold_id
from concerns c join step t using (n) join folded_orders o on t.order_no = o.order_no
