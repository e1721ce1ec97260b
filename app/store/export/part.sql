-- Some events, in the order in which they were stored, and the objects that each touches: those it names by their
-- keys, the orders it belongs to, and the lines it speaks of.
create or replace temp table part as
select seq, format('{:016x}', event_id) as id, coalesce(type, 'unknown') as type, occurred_at, keys, lines,
    source, status, reason, partner, carrier, location
from told where seq between $first and $last;

create or replace temp table named as
select p.seq, p.key as id, k.type
from (select seq, unnest(keys) as key from part) p join thing_kind k on split_part(p.key, ':', 1) = k.kind;

create or replace temp table belonging as
select l.seq, l.order_no, o.order_id, min(l.rule) as rule
from link l semi join part p on l.seq = p.seq join orders o on l.order_no = o.order_no
where l.seq between $first and $last
group by l.seq, l.order_no, o.order_id;

-- One qualifier for each event and object. A line named only by its SKU is the order's line with that SKU.
create or replace temp table relation as
select seq, id, min(qualifier) as qualifier
from (
    select seq, id, 'names' as qualifier from named
    union all
    select seq, order_id, 'known by ' || rule from belonging
    union all
    select b.seq, b.order_id || '/' || coalesce(o.line, s.line), 'speaks of'
    from (select seq, unnest(lines) as said from part) p
    join belonging b on p.seq = b.seq
    left join order_line o on b.order_no = o.order_no and p.said.line = o.line and not o.implied
    left join sku_line s on b.order_no = s.order_no and p.said.sku = s.sku and o.line is null
    where coalesce(o.line, s.line) is not null
)
group by seq, id;

-- What was named together belongs together, unless the event names several of either side: then it does not say which
-- belongs to which.
create or replace temp table single as
select seq, type, min(id) as id from named group by seq, type having count(*) = 1
union all
select seq, 'order', min(order_id) from belonging group by seq having count(*) = 1;
insert into tie
select n.id, s.id, n.type || ' of' from named n join single s on n.seq = s.seq and s.type = 'order'
union
select s.id, b.order_id, s.type || ' of' from single s join belonging b on s.seq = b.seq and s.type <> 'order'
union
select n.id, s.id, r.qualifier
from named n join pair r on n.type = r.source join single s on n.seq = s.seq and s.type = r.target
