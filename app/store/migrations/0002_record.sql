-- All that the engine derived is derived anew: its tables get the shape of the full order state. What people were told
-- (alarm) stays. Numbers of what is judged: orders count up from 1; anything else (a position, a purchase order, a key
-- without an order) has the negative hash of its subject, so that one column serves them all.

drop table node; drop table edge; drop table reach; drop table loose; drop table link; drop table outdone; drop table wake;
drop table orders; drop table order_line; drop table milestone; drop table view; drop table hold; drop table object;
drop table fault; drop table due; drop table source_seen;

-- Identity. `node` holds alias keys, `reach` the relation keys of each order, `loose` the keys of events that no alias
-- ties. `own`: an event named the key beside an alias of that order; other orders only borrow it. hub: 0 no, 1 named beside two sales orders, 2 the weakest tie between two sales orders, 3 cut by a person.
-- Tracking and PRO numbers stand in `node` too, without an order: `meant` is the key that a number without its issuer
-- stands for (its own key otherwise).
create table node (
    key ubigint, value ubigint, text varchar, kind varchar, cluster bigint, order_no bigint, hub utinyint, meant ubigint
);
create table edge (a ubigint, b ubigint);
create table reach (
    key ubigint, value ubigint, text varchar, kind varchar, order_no bigint, own boolean, from_at timestamp,
    until_at timestamp
);
create table loose (seq bigint, key ubigint, kind varchar, happened_at timestamp);
create table link (seq bigint, order_no bigint, key ubigint, rule varchar, confidence double);
create table outdone (seq bigint);
-- What spans say of traces: the alias keys they name (without issuer), and the traces they are linked to.
create table span_name (trace ubigint, text varchar, kind varchar, value ubigint);
create table span_tie (trace ubigint, text varchar, other ubigint);
create table wake (order_no bigint, wake_at timestamp);
-- What a person said of identity, newest word per pair: tie or part two keys, or an event and an order.
create table said_link (
    link_id varchar, seq bigint, act varchar, a ubigint, b ubigint, a_text varchar, b_text varchar, event_id ubigint,
    reason varchar, person varchar, said_at timestamp, undone boolean
);

-- The order and its parts.
create table orders (
    order_no bigint, order_id varchar, so varchar, customer varchar, sold_to varchar, bill_to varchar, ship_to varchar,
    parent_customer varchar, tier varchar, channel varchar, entity varchar, kind varchar, partner varchar,
    carrier varchar, location varchar, region varchar, family varchar, value decimal(18, 6), open_value decimal(18, 6),
    currency varchar, stage varchar, stage_rank integer, partly boolean, billing varchar, return_state varchar,
    revision integer, promised_at timestamp, first_promised_at timestamp, requested_at timestamp, first_at timestamp,
    last_at timestamp, stage_at timestamp, delivered_at timestamp, arrived_at timestamp, events bigint, traces bigint
);
create table order_line (
    order_no bigint, line varchar, sku varchar, uom varchar, price varchar, implied boolean, revision integer,
    ordered decimal(18, 6), cancelled decimal(18, 6), allocated decimal(18, 6), backordered decimal(18, 6),
    released decimal(18, 6), acknowledged decimal(18, 6), picked decimal(18, 6), shipped decimal(18, 6),
    posted decimal(18, 6), delivered decimal(18, 6), invoiced decimal(18, 6), returned decimal(18, 6),
    credited decimal(18, 6), open_qty decimal(18, 6), expected_at timestamp, location varchar, family varchar,
    stage varchar, stage_rank integer
);
create table milestone (
    order_no bigint, type varchar, first_at timestamp, last_at timestamp, inferred boolean, source varchar
);
create table view (
    order_no bigint, system varchar, raw varchar, stage varchar, stage_rank integer, held boolean, cancelled boolean,
    promised_at timestamp, ship_to varchar, revision integer, shipped decimal(18, 6), seen_at timestamp,
    arrived_at timestamp, said_at timestamp, said_arrived_at timestamp
);
create table hold (
    order_no bigint, hold_id varchar, kind varchar, family varchar, line varchar, owner varchar, system varchar,
    started_at timestamp, ended_at timestamp
);
create table object (
    order_no bigint, kind varchar, key varchar, first_at timestamp, last_at timestamp, status varchar
);
create table fulfillment (
    order_no bigint, key varchar, partner varchar, location varchar, stage varchar, stage_rank integer, reason varchar,
    revision_sent integer, revision_effective integer, revision_basis varchar, revision_shipped integer,
    revision_confidence double, released_at timestamp, requested_at timestamp, acknowledged_at timestamp,
    rejected_at timestamp, held_at timestamp, cancel_requested_at timestamp, cancelled_at timestamp,
    cancel_rejected_at timestamp, picked_at timestamp, packed_at timestamp, dispatched_at timestamp,
    delivered_at timestamp, expected_at timestamp, last_at timestamp
);
create table fulfillment_line (
    order_no bigint, key varchar, line varchar, released decimal(18, 6), acknowledged decimal(18, 6),
    picked decimal(18, 6), shipped decimal(18, 6), shorted decimal(18, 6), cancelled decimal(18, 6)
);
create table shipment (
    order_no bigint, key varchar, fulfillment varchar, partner varchar, carrier varchar, location varchar,
    status varchar, revision integer, dispatched_at timestamp, posted_at timestamp, picked_up_at timestamp,
    last_scan_at timestamp, eta_at timestamp, exception varchar, exception_at timestamp, delivered_at timestamp,
    returned_at timestamp, voided_at timestamp, last_at timestamp
);
create table package (
    order_no bigint, key varchar, kind varchar, shipment varchar, fulfillment varchar, carrier varchar, status varchar,
    first_at timestamp, last_at timestamp, delivered_at timestamp
);
create table invoice (
    order_no bigint, key varchar, kind varchar, amount decimal(18, 6), currency varchar, shipment varchar,
    posted_at timestamp, disputed_at timestamp, paid_at timestamp, credited decimal(18, 6), last_at timestamp
);
create table rma (
    order_no bigint, key varchar, state varchar, reason varchar, disposition varchar, authorised decimal(18, 6),
    received decimal(18, 6), posted decimal(18, 6), credited decimal(18, 6), requested_at timestamp,
    authorized_at timestamp, rejected_at timestamp, received_at timestamp, inspected_at timestamp,
    posted_at timestamp, credited_at timestamp, last_at timestamp
);
create table ticket (
    order_no bigint, key varchar, status varchar, reason varchar, opened_at timestamp, resolved_at timestamp,
    closed_at timestamp, last_at timestamp
);

-- Procurement and stock live without an order. `no` is the negative hash of the key.
create table purchase_order (
    no bigint, key varchar, supplier varchar, entity varchar, location varchar, stage varchar, revision integer,
    revision_confirmed integer, need_by timestamp, confirmed_at timestamp, asn_eta_at timestamp, amount decimal(18, 6),
    currency varchar, created_at timestamp, sent_at timestamp, technically_acknowledged_at timestamp,
    acknowledged_at timestamp, rejected_at timestamp, cancelled_at timestamp, asn_at timestamp, counted_at timestamp,
    posted_at timestamp, invoiced_at timestamp, cleared_at timestamp, ordered decimal(18, 6), confirmed decimal(18, 6),
    announced decimal(18, 6), counted decimal(18, 6), posted decimal(18, 6), invoiced decimal(18, 6),
    first_at timestamp, last_at timestamp, events bigint
);
create table purchase_line (
    no bigint, line varchar, sku varchar, uom varchar, price varchar, ordered decimal(18, 6),
    confirmed decimal(18, 6), announced decimal(18, 6), counted decimal(18, 6), posted decimal(18, 6),
    invoiced decimal(18, 6), counted_at timestamp, posted_at timestamp, invoiced_at timestamp, cleared_at timestamp
);
create table position (
    no bigint, sku varchar, location varchar, owner varchar, lot varchar, system varchar, view varchar, partner varchar,
    on_hand decimal(18, 6), available decimal(18, 6), allocated decimal(18, 6), held decimal(18, 6),
    damaged decimal(18, 6), in_transit decimal(18, 6), uom varchar, as_of_at timestamp, arrived_at timestamp,
    basis varchar, complete boolean
);
-- Names and structure of customers, locations and products, as the newest word of their owner has it.
create table master (
    kind varchar, key varchar, name varchar, parent varchar, tier varchar, region varchar, zone varchar,
    calendar varchar, family varchar, uom varchar, packs varchar, account varchar, attrs varchar, seen_at timestamp,
    arrived_at timestamp, source varchar
);

-- Judgements. `since` may lie ahead: then it holds from that moment on unless something changes. A judgement with a
-- code raises a case; one without is only shown.
create table judgement (
    order_no bigint, kind varchar, code varchar, cause varchar, subject_type varchar, subject varchar,
    occurrence varchar, since timestamp, system varchar, other varchar, partner varchar, owner varchar,
    severity varchar, detail varchar
);
-- How long steps take, by node or carrier, published now and then and never changed afterwards.
create table profile (
    version bigint, valid_from timestamp, step varchar, at_node varchar, samples bigint, p80_seconds bigint,
    p95_seconds bigint
);
create table due (
    rule varchar, rule_version varchar, code varchar, subject_type varchar, subject varchar, occurrence varchar,
    order_no bigint, started_at timestamp, warn_at timestamp, due_at timestamp, met_at timestamp, void_at timestamp,
    start_event ubigint, stop_event ubigint, stop_arrived_at timestamp, flags varchar[],
    partner varchar, severity varchar, owner varchar
);
create table source_seen (source varchar, last_event_at timestamp, last_seen_at timestamp, events bigint);
delete from skipped;
alter table cursor_state add column span_seq bigint default 0;
update cursor_state set seq = 0, span_seq = 0;

-- Where procurement, stock and master data find the events of what they speak of. `chain`: the purchase orders, advance
-- notices and receipts that events name; `node` is the hash of kind and value, whoever issued it. `purchase_key`: the
-- purchase order that each spelling of its key means.
create table chain (seq bigint, kind varchar, text varchar, node ubigint);
create table purchase_key (key ubigint, no bigint);
-- One row per stock event and product that it speaks of. A snapshot is what one source says of one place at one as-of;
-- a complete one says 0 of whatever it does not name. `position_check` compares the views of a position.
create table stock_word (
    seq bigint, no bigint, sku varchar, location varchar, owner varchar, lot varchar, source varchar, view varchar,
    partner varchar, type varchar, occurred_at timestamp, as_of_at timestamp, arrived_at timestamp, moment hugeint,
    doc varchar, on_hand decimal(18, 6), available decimal(18, 6), allocated decimal(18, 6), held decimal(18, 6),
    damaged decimal(18, 6), in_transit decimal(18, 6), change decimal(18, 6), uom varchar, inputs varchar,
    complete boolean, reason varchar
);
create table stock_snapshot (
    source varchar, location varchar, as_of_at timestamp, positions bigint, complete boolean, partial boolean,
    arrived_at timestamp, partner varchar
);
create table position_check (
    no bigint, drift decimal(18, 6), drift_at timestamp, promised decimal(18, 6), usable decimal(18, 6)
);
-- Where the account of a position rests: what each source said up to `until_at` (stock_rest) and how the views compared
-- then (stock_pace). What is newer is counted on from here; what is older makes the account anew.
create table stock_rest (
    no bigint, sku varchar, location varchar, owner varchar, lot varchar, source varchar, view varchar, partner varchar,
    as_of_at timestamp, arrived_at timestamp, moment hugeint, stock decimal(18, 6), available decimal(18, 6),
    allocated decimal(18, 6), held decimal(18, 6), damaged decimal(18, 6), in_transit decimal(18, 6), uom varchar,
    from_at timestamp, moved boolean, left_out boolean
);
create table stock_pace (
    no bigint, until_at timestamp, node_stock decimal(18, 6), node_at timestamp, erp_stock decimal(18, 6),
    erp_at timestamp, held decimal(18, 6), damaged decimal(18, 6), node_available decimal(18, 6),
    allocated decimal(18, 6), published decimal(18, 6), inputs varchar, node_moves boolean, erp_moves boolean,
    drift decimal(18, 6), drift_at timestamp, promised decimal(18, 6), usable decimal(18, 6), drift_since timestamp,
    oversold_since timestamp, unsound_since timestamp, refused_since timestamp, refused_detail varchar
);
create table master_word (seq bigint, no bigint, kind varchar, key varchar);
