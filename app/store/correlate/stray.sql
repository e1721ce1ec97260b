-- Events at hand, those that a number just shared has let go, and those of touched keys that are no order, that are tied
-- to no order which exists.
create or replace temp table near_stray as
with lone as (
    select t.order_no from touched t anti join (
        select n.order_no from node n join touched t on n.order_no = t.order_no where n.hub = 0 and n.kind in ('so', 'ch')
    ) o on t.order_no = o.order_no
)
select seq from work union select seq from cut union select l.seq from link l join lone o on l.order_no = o.order_no;
create or replace temp table near_link as select l.seq, l.order_no from link l join near_stray n on l.seq = n.seq;
create or replace temp table stray as
select seq from near_stray anti join (
    select l.seq from near_link l join (
        select distinct n.order_no from node n join (select distinct order_no from near_link) l on n.order_no = l.order_no
        where n.hub = 0 and n.kind in ('so', 'ch')
    ) o on l.order_no = o.order_no
) using (seq)
