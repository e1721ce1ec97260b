-- What does not fit in an order, as findings; several orders may share a shipment, an invoice or a return. And what is no
-- order: what was found of it, and what of the agreements with the sources is judged already.
-- needs broken
insert into finding by name
select b.order_no, 'ledger' as kind, b.fact, b.cause, case when b.subject = '' then 'order' else split_part(b.subject, ':', 1) end as subject_type,
    case when b.subject = '' then o.order_id else b.subject end as subject,
    concat_ws(' ', coalesce(b.occurrence, '1'), case when split_part(b.subject, ':', 1) not in ('', 'fo') then o.order_id end) as occurrence,
    coalesce(b.since, o.last_at) as known_at, coalesce(b.partner, o.partner) as partner
from broken b join folded_orders o on b.order_no = o.order_no;
-- needs also_touched
insert into finding by name select * from loose_finding where order_no in (select no from also_touched);
-- needs folded_agreement, also_touched
insert into found by name select * from folded_agreement where order_no in (select no from also_touched)
