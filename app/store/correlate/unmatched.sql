-- Order, fulfillment, shipment, return and invoice events without an order, one finding per strongest number that they
-- name (per source where they name none), from when the first of them arrived. Judged anew: the subjects of the
-- strays, and those judged before of which something has been linked or touched now.
create or replace temp macro strongest(all_keys) as (
    select min_by(k.text, row(k.place, k.text)) from (
        select t.text, array_position(['alias', 'relation', 'shared'], c.class) * 100 + c.strength as place
        from (select unnest(all_keys) as text) t join key_kind c on split_part(t.text, ':', 1) = c.kind where c.class <> 'context'
    ) k
);
create or replace temp table unmatched_before as select order_no as no, subject from loose_finding where kind = 'unmatched';
create or replace temp table relinked as
select distinct l.seq from linked_all l where (select count(*) from unmatched_before) > 0;
create or replace temp table subject_near as
select e.seq, coalesce(strongest(e.keys), e.source) as subject
from event e join (select seq from stray union select seq from relinked) s on e.seq = s.seq
where split_part(e.type, '.', 1) in ('order', 'fulfillment', 'shipment', 'return', 'invoice');
create or replace temp table subject as
select distinct subject, -(hash(subject) >> 2)::bigint as no from (
    select n.subject from subject_near n join stray s on n.seq = s.seq
    union all select n.subject from subject_near n join unmatched_before b on n.subject = b.subject
    union all select b.subject from unmatched_before b join node n on hash(b.subject) = n.key join touched t on n.order_no = t.order_no
    union all select b.subject from unmatched_before b left join node n on hash(b.subject) = n.key
    join reach r on coalesce(n.meant, hash(b.subject)) = r.key join touched t on r.order_no = t.order_no
);
insert into also_touched select no from subject;
create or replace temp table subject_seq as
with key_at as (
    select subject, hash(subject) as key from subject
    union select s.subject, n.meant from subject s join node n on hash(s.subject) = n.key
)
select k.subject, lo.seq from loose lo join key_at k on lo.key = k.key
union
select k.subject, l.seq from key_at k join node n on n.key = k.key join link l on l.order_no = n.order_no
where n.order_no is not null;
create or replace temp table folded_loose as
with owned as (
    select distinct l.seq from link l join (select distinct seq from subject_seq) s on l.seq = s.seq
    where l.order_no in (select order_no from node where hub = 0 and kind in ('so', 'ch'))
),
event_at as (
    select e.source, e.partner, s.subject,
        case when $frozen and not e.received_given then e.occurred_at else e.received_at end as arrived_at
    from subject_seq s join event e on s.seq = e.seq anti join owned o on s.seq = o.seq
    anti join unsaid u on s.seq = u.seq
    where split_part(e.type, '.', 1) in ('order', 'fulfillment', 'shipment', 'return', 'invoice')
        and coalesce(strongest(e.keys), e.source) = s.subject
)
select -(hash(subject) >> 2)::bigint as order_no, 'unmatched' as kind, 'event_unmatched' as fact, 'event_unmatched' as cause,
    case when split_part(subject, ':', 1) in ('fo', 'sh', 'inv', 'rma') then split_part(subject, ':', 1) else 'source' end
        as subject_type,
    subject, '' as occurrence, min(arrived_at) as known_at, min(source) as system, min(partner) as partner
from event_at group by subject
