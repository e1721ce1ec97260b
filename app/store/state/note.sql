-- Spells that have begun are noticed now; those that are over end now.
insert into source_spell by name select *, $now as noticed_at from begun_spell;
update source_spell set ended_at = $now from ended_spell e
where source_spell.ended_at is null and source_spell.code = e.code and source_spell.cause = e.cause and source_spell.subject = e.subject
