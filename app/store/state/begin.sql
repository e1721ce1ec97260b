-- What is found wrong is gathered here: `reason` why an order is blocked, `broken` what does not fit in an order, `disagreed`
-- who says something else. All of it becomes a `finding`, which the rules judge, and then what was `found`. And the clocks
-- that were missed and leave an order waiting.
create or replace temp table found as from judgement limit 0;
create or replace temp table finding as from loose_finding limit 0;
create or replace temp table reason (
    order_no bigint, fact varchar default 'blocked', cause varchar, since timestamp, system varchar, fo varchar, owner varchar,
    partner varchar, detail varchar
);
create or replace temp table broken (
    order_no bigint, fact varchar, cause varchar, subject varchar, occurrence varchar, since timestamp, partner varchar
);
create or replace temp table disagreed (
    order_no bigint, truth varchar, system varchar, role varchar, field varchar, truth_value varchar, view_value varchar,
    direction varchar, known_at timestamp, gap decimal(38, 6), whole decimal(38, 6)
);
create or replace temp table twin (order_no bigint);
-- needs clock
create or replace temp table missed as
select d.order_no, d.code, d.subject_type, d.subject, d.due_at, d.warn_at, coalesce(d.partner, o.partner) as partner,
    d.awaited as system
from judged d join folded_orders o on d.order_no = o.order_no
where d.met_at is null and d.void_at is null and d.due_at is not null and o.stage_rank between 0 and 11
    and d.code in (select code from waiting_code)
