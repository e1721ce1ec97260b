-- Orders whose keys changed are linked again from nothing: their events join the work.
create or replace temp table redo as
select distinct l.seq from link l semi join changed c on l.order_no = c.order_no
union
-- events whose alias key has become, or is no longer, a hub
select distinct lo.seq from loose lo semi join changed_key k on lo.key = k.key;
delete from link where order_no in (select order_no from changed) or seq in (select seq from redo);
delete from reach where order_no in (select order_no from changed);
delete from loose where seq in (select seq from redo);
insert into work select seq from redo where seq not in (select seq from work);
