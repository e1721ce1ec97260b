-- A judgement may end by itself: it holds from `since` until before `until`, unless something changes.
alter table judgement add column until timestamp;

-- What interfaces did in each quarter of an hour, as `begun_at` begins it, from what spans and metrics say (app/store/questions/
-- interfaces.py); data points are let go after a while, so this is kept. `interface_pending`: quarters of which something
-- came and that are to be counted (again) once they are over. `interface_cursor`: up to where spans and points are seen.
create table interface_window (
    source varchar, interface varchar, side varchar, measured_by varchar, begun_at timestamp, attempts bigint, errors bigint,
    retries bigint, limited bigint, p50 double, p95 double, depth double
);
create table interface_pending (source varchar, begun_at timestamp);
create table interface_cursor (span_seq bigint, point_seq bigint);
insert into interface_cursor values (0, 0);
-- How each of these quarters was judged: derived from them.
create table interface_look (
    source varchar, interface varchar, side varchar, measured_by varchar, rule varchar, begun_at timestamp, holds boolean,
    state varchar, exceeds varchar[], log_latency_usual double, log_latency_spread double, log_latency_sum double,
    logit_errors_usual double, logit_errors_spread double, logit_errors_sum double, log_p95_usual double
);
