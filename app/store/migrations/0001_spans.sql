-- Spans live in a file of their own: they are many, short-lived, and nothing waits for them.
create table raw (
    raw_id bigint, source varchar, collector varchar, media varchar, mapping varchar,
    received_at timestamp, size bigint, body blob
);
create table span (
    seq bigint, raw_id bigint, item integer, trace_id varchar, span_id varchar, parent_id varchar, source varchar,
    name varchar, kind varchar, started_at timestamp, duration_ns bigint, status varchar, message varchar,
    keys varchar[], links varchar[], attrs varchar, received_at timestamp
);
