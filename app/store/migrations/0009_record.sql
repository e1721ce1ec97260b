-- A judgement may end by itself: it holds from `since` until before `until`, unless something changes. Judgements that a
-- rule of the catalogue makes are told by its id and version, others by their kind.
alter table judgement add column until timestamp;
alter table judgement add column rule varchar;
alter table judgement add column rule_version varchar;
