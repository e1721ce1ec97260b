-- Instants are naive UTC. Tables of the intake writer first, tables of the engine writer after them: the two never
-- write the same table. No index and no unique constraint anywhere: duplicates are dropped before they are inserted.

create table raw (
    raw_id bigint, source varchar, collector varchar, media varchar, mapping varchar,
    received_at timestamp, size bigint, body blob
);

create table event (
    seq bigint, event_id ubigint, content ubigint, raw_id bigint, item integer,
    source varchar, native_id varchar, type varchar,
    occurred_at timestamp, recorded_at timestamp, received_at timestamp, received_given boolean, tz_basis varchar,
    keys varchar[], revision integer,
    lines struct(line varchar, sku varchar, qty varchar, uom varchar, price varchar)[],
    partner varchar, carrier varchar, location varchar, customer varchar, tier varchar, channel varchar, entity varchar,
    amount varchar, currency varchar, promised_at timestamp, status varchar, reason varchar,
    hold_kind varchar, hold_id varchar, trace_id varchar, span_id varchar,
    flags varchar[], attrs varchar, mapping varchar
);

create table dead_letter (
    id varchar, raw_id bigint, item integer, source varchar, collector varchar, native_id varchar,
    reason varchar, detail varchar, excerpt varchar, received_at timestamp
);

-- Engine: identity; `value` is the hash of a key's value alone, for questions that do not say its type. `node` holds alias keys, `reach` the relation keys of each order, `loose` the keys of events
-- that carry no alias. hub: 0 no, 1 named beside two sales orders, 2 the weakest tie between two sales orders.
create table node (key ubigint, value ubigint, text varchar, kind varchar, cluster bigint, order_no bigint, hub utinyint);
create table edge (a ubigint, b ubigint);
create table reach (key ubigint, value ubigint, text varchar, kind varchar, order_no bigint);
create table loose (seq bigint, key ubigint, kind varchar);
create table link (seq bigint, order_no bigint, key ubigint, rule varchar);
create table outdone (seq bigint);
create table wake (order_no bigint, wake_at timestamp);

-- Engine: facts, one row per order or part of an order.
create table orders (
    order_no bigint, order_id varchar, so varchar, customer varchar, tier varchar, channel varchar, entity varchar,
    partner varchar, carrier varchar, location varchar, value decimal(18, 6), currency varchar,
    stage varchar, stage_rank integer, partly boolean, billing varchar, return_state varchar, revision integer,
    promised_at timestamp, first_at timestamp, last_at timestamp, delivered_at timestamp,
    arrived_at timestamp, events bigint, traces bigint
);
create table order_line (
    order_no bigint, line varchar, sku varchar, uom varchar, price varchar, implied boolean,
    ordered decimal(18, 6), cancelled decimal(18, 6), allocated decimal(18, 6), backordered decimal(18, 6),
    released decimal(18, 6), acknowledged decimal(18, 6), picked decimal(18, 6), shipped decimal(18, 6),
    posted decimal(18, 6), delivered decimal(18, 6), invoiced decimal(18, 6), returned decimal(18, 6),
    credited decimal(18, 6), stage varchar, stage_rank integer
);
create table milestone (
    order_no bigint, type varchar, first_at timestamp, last_at timestamp, inferred boolean, source varchar
);
create table view (
    order_no bigint, system varchar, raw varchar, stage varchar, stage_rank integer, seen_at timestamp,
    arrived_at timestamp
);
create table hold (
    order_no bigint, hold_id varchar, kind varchar, family varchar, system varchar, started_at timestamp,
    ended_at timestamp
);
create table object (
    order_no bigint, kind varchar, key varchar, first_at timestamp, last_at timestamp, status varchar
);
create table fault (
    order_no bigint, code varchar, cause varchar, subject_type varchar, subject varchar, occurrence varchar,
    since timestamp, system varchar, partner varchar, owner varchar, severity varchar
);

-- Engine: judgements.
create table due (
    rule varchar, rule_version varchar, code varchar, subject_type varchar, subject varchar, occurrence varchar,
    order_no bigint, started_at timestamp, warn_at timestamp, due_at timestamp, met_at timestamp, void_at timestamp,
    start_event ubigint, stop_event ubigint, stop_arrived_at timestamp, flags varchar[],
    partner varchar, severity varchar, owner varchar
);
create table alarm (
    order_no bigint, code varchar, cause varchar, subject_type varchar, subject varchar, occurrence varchar,
    rule varchar, rule_version varchar, condition varchar, confidence varchar, order_id varchar, so varchar,
    customer varchar, partner varchar, system varchar, tier varchar, channel varchar, entity varchar,
    severity varchar, owner varchar, value decimal(18, 6), currency varchar,
    started_at timestamp, due_at timestamp, met_at timestamp, evidence varchar[]
);
create table case_intent (
    seq bigint, raised_at timestamp, action varchar, reason varchar, found_late boolean,
    code varchar, cause varchar, subject_type varchar, subject varchar, occurrence varchar,
    rule varchar, rule_version varchar, condition varchar, confidence varchar, order_id varchar, so varchar,
    customer varchar, partner varchar, system varchar, tier varchar, channel varchar, entity varchar,
    severity varchar, owner varchar, value decimal(18, 6), currency varchar,
    started_at timestamp, due_at timestamp, met_at timestamp, evidence varchar[]
);

-- Engine: what each source has sent so far.
create table source_seen (source varchar, last_event_at timestamp, last_seen_at timestamp, events bigint);

-- Engine: events that could not be taken, one by one, so that they never hold up the others.
create table skipped (seq bigint, detail varchar, skipped_at timestamp);

-- Engine: how far it has come, and under which clock and rules the facts were made.
create table cursor_state (
    seq bigint, swept_at timestamp, intent_seq bigint, as_of timestamp, rules varchar, feeds varchar, made_by varchar
);
insert into cursor_state values (0, null, 0, null, '', '', '');
