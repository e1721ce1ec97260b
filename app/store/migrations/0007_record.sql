-- Which rule a judgement comes from, and in which version; filled in when judgements are made anew. An alarm knows whether
-- it says that a Due was missed. What was found of what is no order is kept, so that other rules can judge it again.
alter table judgement add column rule varchar;
alter table judgement add column rule_version varchar;
alter table alarm add column due boolean;
create table loose_finding (
    order_no bigint, kind varchar, fact varchar, cause varchar, field varchar, direction varchar, subject_type varchar,
    subject varchar, occurrence varchar, known_at timestamp, system varchar, other varchar, partner varchar, owner varchar,
    detail varchar
);
-- What orders are alike in, by the rules that look for duplicates, and who said of which pair that they are distinct.
create table likeness (order_no bigint, rule varchar, likeness ubigint);
create table dismissal (order_no bigint, key ubigint);
update cursor_state set seq = 0, span_seq = 0;
