-- The spells of one kind of rule (slo, interface) as judgements, in the place of those that stood. `spelled` has the
-- numbers of both.
create or replace temp table spelled as select order_no as no from judgement where kind = $kind;
delete from judgement where kind = $kind;
insert into judgement by name
select -(hash($kind || ':' || subject) >> 2)::bigint as order_no, $kind as kind, * from judged_spell;
insert into spelled select order_no from judgement where kind = $kind
