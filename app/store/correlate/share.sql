-- Keys that many orders share by nature attach an event only while they belong to exactly one order, and only an
-- event that nothing stronger attaches. Decided anew for every event that such a key concerns.
create or replace temp table shared_seq as
select distinct lo.seq from loose lo join key_kind k using (kind)
where k.class = 'shared'
    and (lo.seq in (select seq from work) or lo.key in (select key from reached_all));
create or replace temp table cut as
select l.seq, l.order_no from link l join key_kind k on l.rule = k.kind
where k.class = 'shared' and l.seq in (select seq from shared_seq union select seq from linked_all);
delete from link using cut where link.seq = cut.seq and link.order_no = cut.order_no
    and link.rule in (select kind from key_kind where class = 'shared');
create or replace temp table linked as
with single as (
    select key, min(order_no) as order_no from reach
    where key in (select key from loose where seq in (select seq from shared_seq))
    group by key having count(distinct order_no) = 1
)
select lo.seq, s.order_no, arg_min(lo.key, k.strength) as key, arg_min(lo.kind, k.strength) as rule
from loose lo join key_kind k using (kind) join single s on lo.key = s.key
where k.class = 'shared' and lo.seq in (select seq from shared_seq)
    and lo.seq not in (select seq from link)
group by lo.seq, s.order_no
qualify row_number() over (partition by lo.seq order by min(k.strength), min(lo.key)) = 1;
insert into link by name select seq, order_no, key, rule from linked;
