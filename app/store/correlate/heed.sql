-- What the words of people mean for the orders as they now stand: events given to an order or severed from it, and
-- objects granted to it or parted from it.
create or replace temp table told as
select w.*, n.order_no, coalesce(o.meant, w.a) as meant
from word w join node n on n.key = w.b left join node o on o.key = w.a where n.order_no is not null;
create or replace temp table given as
select distinct seq, order_no, b as key from told where act = 'link' and seq is not null;
create or replace temp table severed as select distinct seq, order_no from told where act = 'cut' and seq is not null;
create or replace temp table granted as
select distinct meant as key, a_text as text, split_part(a_text, ':', 1) as kind, order_no from told
where act = 'link' and class in ('relation', 'shared');
create or replace temp table parted as
select distinct meant as key, order_no from told where act = 'cut' and class in ('relation', 'shared');
-- What does not stand so yet is linked again; and where orders have changed, every event of which a person spoke.
insert into changed
select r.order_no from reach r join parted p on r.key = p.key and r.order_no = p.order_no;
insert into redo
select l.seq from link l join severed s on l.seq = s.seq and l.order_no = s.order_no
union
select g.seq from given g anti join (
    select l.seq, l.order_no from link l join given h on l.seq = h.seq where l.rule = 'said'
) k on g.seq = k.seq and g.order_no = k.order_no
union
select seq from said_link where seq is not null and (select count(*) from changed) > 0
