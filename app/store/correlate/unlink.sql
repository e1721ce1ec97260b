-- Orders whose keys changed are linked again from nothing: their events join the work, and what shared keys they had is
-- decided anew.
insert into changed select r.order_no from reach r join changed_key k on r.key = k.key;
-- What an order owned may be borrowed now by those whose events name it.
insert into changed
select distinct l.order_no from (
    select distinct r.key from reach r join (select distinct order_no from changed) c on r.order_no = c.order_no where r.own and r.from_at is null
) k join loose lo on lo.key = k.key join link l on lo.seq = l.seq;
insert into redo
select l.seq from link l join (select distinct order_no from changed) c on l.order_no = c.order_no
union
-- events whose alias key has become, or is no longer, a hub
select lo.seq from loose lo join changed_key k on lo.key = k.key;
insert into linked_all select l.seq, l.order_no from link l join (select distinct seq from redo) r on l.seq = r.seq;
insert into reached_all select distinct r.key from reach r join changed c on r.order_no = c.order_no;
delete from link where order_no in (select order_no from changed) or seq in (select seq from redo);
delete from reach where order_no in (select order_no from changed);
delete from loose where seq in (select seq from redo);
insert into work select distinct seq from redo where seq not in (select seq from work)
