-- The numbers of the agreements whose judgements are not what they were.
create or replace temp table moved_agreement as
select coalesce(f.order_no, j.order_no) as no from folded_agreement f
full join (from judgement where kind = 'agreement') j on f.order_no = j.order_no
where row(f.since, f.cause, f.detail, f.severity, f.owner) is distinct from row(j.since, j.cause, j.detail, j.severity, j.owner)
