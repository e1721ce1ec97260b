-- Returned goods that were inspected, and nobody says what becomes of them.
insert into reason by name
select order_no, 'disposition_pending' as cause, inspected_at as since, 'warehouse' as system, key as detail
from folded_rma where inspected_at is not null and disposition is null and posted_at is null
