-- Partners that cannot be reached take their new judgement: `outage_heard` are those of whom something new was heard,
-- `outage_found` those whose circuit is open. The orders that have been sent there, or should be, are touched.
delete from judgement where kind = 'outage' and subject in (select partner from outage_heard);
insert into judgement by name
select -(hash('partner:' || f.partner) >> 2)::bigint as order_no, 'outage' as kind, k.code, f.cause,
    'partner' as subject_type, f.partner as subject, strftime(f.began_at, '%Y-%m-%dT%H:%M:%S.%f') as occurrence,
    f.due_at as since, f.source as system, f.partner, k.owner, k.severity
from outage_found f cross join circuit_rule k;

insert into also_touched select -(hash('partner:' || partner) >> 2)::bigint from outage_heard;
insert into touched
select order_no from orders where stage_rank between 0 and 11 and (
    partner in (select partner from outage_heard)
    or order_no in (select order_no from fulfillment where partner in (select partner from outage_heard))
)
except select order_no from touched
