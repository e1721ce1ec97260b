"""Traces: which of them touched an order, and the spans of one as a tree laid flat."""

import json
from datetime import timedelta
from typing import Any

from app.clock import written
from app.store.questions.asking import Asking, Row

_BEFORE, _AFTER = timedelta(days=2), timedelta(days=30)


def ids_of_order(reader: Asking, order_id: str) -> list[str]:
    """Trace ids that events of the order carry, or whose spans name one of its keys."""
    order = reader.rows("select order_no, first_at, last_at from orders where order_id = $id", {"id": order_id})
    if not order:
        return []
    carried = "select e.trace_id from link l join event e using (seq) where l.order_no = $no and e.trace_id is not null"
    named = (
        "select trace_id from spans.span where started_at between $frm and $to and list_has_any(keys, ("
        " select list(concat(head, ':', value)) from ("
        " select unnest([kind, concat(kind, '@', split_part(text, ':', 2))]) as head,"
        " substr(text, length(kind) + length(split_part(text, ':', 2)) + 3) as value from ("
        " select kind, text from node where order_no = $no union"
        " select kind, text from reach where order_no = $no and kind not in ('cpo', 'bol', 'ld', 'cust')))))"
    )
    span = {"no": order[0]["order_no"], "frm": order[0]["first_at"] - _BEFORE, "to": order[0]["last_at"] + _AFTER}
    return [row["trace_id"] for row in reader.rows(f"({carried}) union ({named}) order by all limit 200", span)]


def of_order(reader: Asking, order_id: str) -> list[Row]:
    """The traces of an order, newest first, with their size, errors and length."""
    ids = ids_of_order(reader, order_id)
    rows = reader.rows(
        "select trace_id, count(*) as spans, count(*) filter (where status = 'error') as errors, min(started_at) as started,"
        " (max(epoch_us(started_at) * 1000 + duration_ns) - min(epoch_us(started_at)) * 1000) / 1e6 as duration_ms,"
        " arg_min(name, started_at) as root, arg_min(source, started_at) as service"
        " from spans.span where list_contains($ids::varchar[], trace_id) group by trace_id order by started desc",
        {"ids": ids},
    )
    return [row | {"started_at": written(row["started"])} for row in rows]


def spans(reader: Asking, trace_id: str) -> list[Row]:
    """The spans of a trace in the order a person reads them: children under their parents, by start.

    Rows: span_id, parent_id, name, system, kind, started_at, offset_ms, duration_ms, status, message, depth, attrs.
    """
    rows = reader.rows(
        "select span_id, parent_id, name, source as system, kind, started_at, duration_ns / 1e6 as duration_ms, status,"
        " message, attrs from spans.span where trace_id = $id order by started_at, span_id limit 5000",
        {"id": trace_id.lower()},
    )
    if not rows:
        return []
    start = min(row["started_at"] for row in rows)
    return [_span(row, depth, start) for row, depth in _laid_flat(rows)]


def _laid_flat(rows: list[Row]) -> list[tuple[Row, int]]:
    """Depth first without recursion: a trace may be as deep as its sender likes, and may hold circles."""
    known = {row["span_id"] for row in rows}
    children: dict[str, list[Row]] = {}
    for row in rows:
        parent = row["parent_id"] if row["parent_id"] in known and row["parent_id"] != row["span_id"] else ""
        children.setdefault(parent or "", []).append(row)
    flat: list[tuple[Row, int]] = []
    stack = [(row, 0) for row in reversed(children.pop("", []))]
    while stack:
        row, depth = stack.pop()
        flat.append((row, depth))
        stack.extend((child, depth + 1) for child in reversed(children.pop(row["span_id"], [])))
    circles = [(row, 0) for left in children.values() for row in left]
    return flat + circles


def _span(row: Row, depth: int, start: Any) -> Row:
    offset = (row["started_at"] - start) / timedelta(milliseconds=1)
    return row | {
        "started_at": written(row["started_at"]), "offset_ms": offset, "depth": depth, "attrs": json.loads(row["attrs"] or "{}"),
    }  # fmt: skip
