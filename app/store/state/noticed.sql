-- What was noticed of sources and partners and is not over, as judgements: `since` the moment from which it was wrong,
-- `began_at` when the silence itself began.
create or replace temp table told_spell as
select -(hash('spell:' || s.code || ':' || s.subject || ':' || s.cause) >> 2)::bigint as order_no, 'noticed' as kind, s.code, s.cause,
    s.subject_type, s.subject, s.cause as occurrence, s.due_at as since, s.subject as system, null::varchar as other,
    s.partner, s.owner, r.severity, s.detail, s.began_at
from source_spell s join spell_rule r on s.code = r.code and s.cause = r.cause where s.ended_at is null;
create or replace temp table moved_spell as
select coalesce(t.order_no, j.order_no) as no from told_spell t
full join (from judgement where kind = 'noticed') j on t.order_no = j.order_no
where row(t.since, t.began_at, t.detail, t.severity) is distinct from row(j.since, j.began_at, j.detail, j.severity);
delete from judgement where kind = 'noticed';
insert into judgement by name from told_spell
