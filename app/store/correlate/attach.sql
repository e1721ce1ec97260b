-- Events without an alias key follow the objects they name; these may lead on to further objects.
create or replace temp table candidate as
select lo.seq, r.order_no, arg_min(lo.key, k.strength) as key, arg_min(lo.kind, k.strength) as rule
from loose lo
join key_kind k using (kind)
join reach r on lo.key = r.key
where k.class = 'relation'
    and (lo.key in (select key from reached) or lo.seq in (select seq from work))
group by lo.seq, r.order_no;
create or replace temp table linked as
select c.* from candidate c anti join link l on c.seq = l.seq and c.order_no = l.order_no;
insert into link by name select seq, order_no, key, rule from linked;
