-- Which purchase orders each event of the chains near belongs to: those it names, else those that its advance notice
-- or receipt is named beside, at most over one more document (receipt, advance notice, purchase order).
-- A number said by another than its issuer is the issuer's, while only one issuer has it.
create or replace temp table spelled as
with said as (
    select distinct kind, node, text, split_part(text, ':', 2) as issuer from near_chain
),
judged as (
    select *, case kind when 'po' then issuer <> 'erp' when 'asn' then issuer like 'sup%'
        else split_part(issuer, '.', 1) in ('3pl', 'wms') end as issued
    from said
),
only_one as (
    select node, min(text) as text from judged where issued group by node having count(*) = 1
)
select j.kind, j.text, case when j.issued then j.text else coalesce(o.text, j.text) end as name
from judged j left join only_one o on j.node = o.node;

create or replace temp table near_name as
select distinct c.seq, c.kind, s.name from near_chain c join spelled s on c.text = s.text;

create or replace temp table member as
with beside as (
    select distinct d.name as doc, p.name as po
    from near_name d join near_name p on d.seq = p.seq where d.kind <> 'po' and p.kind = 'po'
),
led as (
    select doc, po from beside
    union
    select distinct r.name, b.po
    from near_name r join near_name a on r.seq = a.seq and r.name <> a.name join beside b on a.name = b.doc
    where r.kind <> 'po' and a.kind <> 'po'
),
direct as (select distinct seq, name as po from near_name where kind = 'po')
select seq, po, -(hash(po) >> 2)::bigint as no from (
    from direct
    union
    select n.seq, l.po from near_name n join led l on n.name = l.doc anti join direct d on n.seq = d.seq
    where n.kind <> 'po'
);

-- Every spelling of a purchase order leads to it, those that lost their meaning to what they mean now.
create or replace temp table near_key as
select hash(text) as key, -(hash(name) >> 2)::bigint as no, -(hash(text) >> 2)::bigint as was from spelled where kind = 'po';
delete from purchase_key where key in (select key from near_key);
insert into purchase_key select key, no from near_key;
insert into also_touched select no from near_key union select was from near_key
