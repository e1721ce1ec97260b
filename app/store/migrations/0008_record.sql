-- Whose word each Due and each alarm waits for: a source, or a role of which no single source is known. Filled in when Dues
-- are made anew, which an unknown fingerprint of the rules brings about.
alter table due add column awaited varchar;
alter table alarm add column awaited varchar;
alter table judgement add column began_at timestamp;
update cursor_state set rules = '';

-- Engine: how each source stands, and each role whose sources stand together. What is awaited of one whose `unknown` is
-- set may have happened after its watermark and not been told; `never` is declared and was never heard. `settles_at`: heard
-- again, and until then nothing is decided and the watermark stands.
create table source_state (
    system varchar, state varchar, unknown boolean, never boolean, watermark timestamp, settles_at timestamp
);
-- What was noticed of sources and partners by the clock on the wall, which no event tells: a spell begins when it is
-- noticed. Kept by a rebuild.
create table source_spell (
    code varchar, cause varchar, subject_type varchar, subject varchar, partner varchar, owner varchar, began_at timestamp,
    due_at timestamp, noticed_at timestamp, ended_at timestamp, detail varchar
);
-- When a full extract of a source was last compared with what we hold.
create table extract_compared (subject varchar, compared_at timestamp);
-- How sure a verdict is: decided by what was told, or by what should have been told by now. One home for all statements.
create macro sureness(ended, due_at, watermark, unknown) as case
    when ended or watermark >= due_at then 'confirmed' when unknown then 'unknown' else 'presumed' end;
