-- The versions of rules that have been in force here: a clock goes by the one that was in force when it began. `said` is the
-- rule as JSON, with what the settings had changed; the first version of a rule counts from always (null).
create table rule_version (
    rule varchar, rule_version varchar, kind varchar, said varchar, valid_from timestamp, loaded_at timestamp
);
