-- The purchase orders near take their new facts. Orders that name one whose dates, stage or quantities have changed are
-- folded again.
create or replace temp table moved_purchase as
select no from (
    select no, confirmed_at, asn_eta_at, need_by, stage, confirmed, posted from purchase_order where no in (select no from also_touched)
    union all
    select no, confirmed_at, asn_eta_at, need_by, stage, confirmed, posted from folded_purchase_order
) group by no, confirmed_at, asn_eta_at, need_by, stage, confirmed, posted having count(*) = 1;
delete from purchase_order where no in (select no from also_touched);
delete from due where order_no < 0 and order_no in (select no from also_touched);
delete from purchase_line where no in (select no from also_touched);
insert into purchase_order by name from folded_purchase_order;
insert into purchase_line by name from folded_purchase_line;
insert into touched
select distinct r.order_no from reach r
join purchase_key k on r.key = k.key semi join moved_purchase m on k.no = m.no
anti join touched t on r.order_no = t.order_no
