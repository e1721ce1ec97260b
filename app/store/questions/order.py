"""One order, whole: its state, lines, views, clocks, history and why its events are its own."""

from datetime import datetime

import polars as pl

from app.clock import written
from app.errors import NotFound
from app.store.questions import judgements
from app.store.questions.asking import Asking, Row
from app.store.questions.linking import said
from app.store.questions.parts_of_order import parts, plain, quantity
from app.store.questions.resolve import resolved
from app.store.questions.sure import BESIDE, CONFIDENCE
from app.store.questions.traces import ids_of_order, of_order

#: How a Due stands at $now. The instant of `due_at` itself still counts as met.
STATE = (
    "case when void_at is not null then 'void' when met_at <= due_at then 'met' when due_at is null then 'running'"
    " when met_at is not null or due_at < $now then 'breached' else 'running' end"
)
_LEDGER = (
    "ordered", "cancelled", "allocated", "backordered", "released", "acknowledged", "picked", "shipped", "posted",
    "delivered", "invoiced", "returned", "credited",
)  # fmt: skip
_HEAD = (
    "order_id", "so", "customer", "sold_to", "bill_to", "ship_to", "parent_customer", "tier", "channel", "entity", "kind",
    "partner", "carrier", "location", "region", "family", "currency", "stage", "partly", "billing", "revision", "events",
    "traces",
)  # fmt: skip
_INSTANTS = (
    "promised_at", "first_promised_at", "requested_at", "first_at", "last_at", "stage_at", "delivered_at",
)  # fmt: skip


def document(reader: Asking, key: str, board: pl.DataFrame, now: datetime) -> Row:
    """The order as CONTRACT 4 writes it, with the objects that belong to it."""
    found = resolved(reader, key)
    at = {"no": found["order_no"]}
    one = reader.rows("select * from orders where order_no = $no", at)
    if not one:
        raise NotFound("The order has just changed its identity.", "Ask again.")
    row = one[0]
    open_cases = board.filter(pl.col("order_id") == row["order_id"])
    objects = [
        _times(o)
        for o in reader.rows(
            "select kind as type, key, status, first_at, last_at from object where order_no = $no order by first_at, key",
            at,
        )
    ]
    traces = ids_of_order(reader, row["order_id"])
    return _head(row) | {
        "traces": max(row["traces"], len(traces)),
        "keys": _keys(reader, at),
        "holds": [_times(h) for h in reader.rows("select hold_id as id, kind, line, owner, system, started_at, ended_at from hold where order_no = $no order by started_at, id", at)],
        "milestones": {m.pop("type"): _times(m) for m in reader.rows("select type, first_at as first, last_at as last, inferred, source from milestone where order_no = $no order by first_at, type", at)},
        "lines": [_line(line) for line in reader.rows("select * from order_line where order_no = $no and not implied order by try_cast(line as integer), line", at)],
        "views": {v.pop("system"): plain(v) for v in reader.rows("select system, raw, stage, stage_rank, held, cancelled, promised_at, ship_to, revision, shipped, coalesce(said_at, seen_at) as at, coalesce(said_arrived_at, arrived_at) as arrived_at, seen_at as last_heard_at from view where order_no = $no order by seen_at, system", at)},
        "dues": dues(reader, row["order_no"], now),
        "exceptions": open_cases["case_id"].to_list(),
        "objects": objects,
        "traces_list": traces,
        "said_links": said(reader, at["no"]),
    } | parts(reader, row["order_no"]) | judgements.of_order(reader, row["order_no"], now, open_cases)  # fmt: skip


def dues(reader: Asking, no: int, now: datetime) -> list[Row]:
    """The clocks of an order or a purchase order, with the calendar and its version that each counts on."""
    rows = reader.rows(
        "select rule as sla, code, case when subject_type = 'order' then 'order:' || subject else subject end as subject,"
        f" occurrence, started_at, warn_at, due_at, met_at, void_at, calendar, partner, {judgements.WHOSE} as owner, severity,"
        f" {STATE} as state, {CONFIDENCE} as confidence, awaited, flags from {BESIDE.format(dues='due')}"
        " where order_no = $no order by started_at, rule, subject, occurrence",
        {"no": no, "now": now},
    )
    return [_times(row) for row in rows]


def timeline(reader: Asking, order_id: str, now: datetime) -> list[Row]:
    """Everything that was seen of the order and every clock that ran, oldest first."""
    no = resolved(reader, order_id)["order_no"]
    events = reader.rows(
        "select e.occurred_at as at, e.received_at as arrived_at, e.source as system, e.type, e.type as title,"
        " concat_ws(' · ', e.status, e.reason, e.hold_kind, e.partner, e.carrier) as detail, 'event' as kind,"
        " false as inferred, format('{:016x}', e.event_id) as event_id,"
        " case when e.type like '%exception' or e.type like '%held' or e.type like '%rejected' or e.type like '%hold_placed'"
        " then 'bad' when e.type like '%shorted' or e.type like '%cancel%' or e.type like '%backordered' then 'warn'"
        " else 'ok' end as status from link l join event e using (seq) where l.order_no = $no",
        {"no": no},
    )
    implied = reader.rows(
        "select first_at as at, null::timestamp as arrived_at, source as system, type, type as title,"
        " 'implied by a later step' as detail, 'event' as kind, true as inferred, '' as event_id, 'ok' as status"
        " from milestone where order_no = $no and inferred", {"no": no},
    )  # fmt: skip
    dues = reader.rows(
        f"select due_at as at, null::timestamp as arrived_at, rule as system, code as type, rule || ' due' as title,"
        f" {STATE} as detail, 'due' as kind, false as inferred, '' as event_id,"
        f" case {STATE} when 'breached' then 'bad' when 'running' then 'planned' else 'ok' end as status"
        f" from due where order_no = $no and due_at is not null", {"no": no, "now": now},
    )  # fmt: skip
    spans = [_trace_row(t) for t in of_order(reader, order_id)]
    return [
        _times(row) for row in sorted(events + implied + dues + spans, key=lambda r: (r["at"], r["kind"], r["title"]))
    ]


def _keys(reader: Asking, at: Row) -> dict[str, list[str]]:
    rows = reader.rows(
        "select kind, list(distinct substr(text, length(kind) + length(split_part(text, ':', 2)) + 3)) as texts from ("
        " select kind, text from node where order_no = $no union select kind, text from reach where order_no = $no)"
        " group by kind order by kind", at,
    )  # fmt: skip
    return {row["kind"]: sorted(set(row["texts"])) for row in rows}


def _head(row: Row) -> Row:
    said = {name: row[name] for name in _HEAD} | {name: written(row[name]) for name in _INSTANTS}
    money = {name: None if row[name] is None else f"{row[name]:.2f}" for name in ("value", "open_value")}
    return said | money | {"return": row["return_state"]}


def _line(line: Row) -> Row:
    said = {name: line[name] for name in ("line", "sku", "uom", "price", "stage", "location", "family", "revision")}
    counted = {name: quantity(line[name]) for name in _LEDGER} | {"open": quantity(line["open_qty"])}
    return said | counted | {"expected_at": written(line["expected_at"])}


def _trace_row(trace: Row) -> Row:
    return {
        "at": trace["started"], "arrived_at": None, "system": trace["service"], "type": "trace", "title": trace["root"],
        "detail": f"{trace['spans']} spans · {trace['errors']} errors · {trace['duration_ms']:.0f} ms", "kind": "span",
        "inferred": False, "event_id": trace["trace_id"], "status": "bad" if trace["errors"] else "ok",
    }  # fmt: skip


def _times(row: Row) -> Row:
    return {name: written(value) if isinstance(value, datetime) else value for name, value in row.items()}
