"""Events that telemetry tells: spans that carry an event type, and log records whose name is one."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import polars as pl

from app.model.event import Rejection
from app.model.taxonomy import ROLES
from collectors import reading
from collectors.otlp.config import Names
from collectors.otlp.rows import Found, LogRow, Part, Row, code, json_text, kept_text
from collectors.reading import KEY_LIMIT, KNOWN_TYPES, SKEW, TEXT_LIMIT, off_range

SERVICES = frozenset(ROLES)
NO_TRACE, NO_SPAN = "0" * 32, "0" * 16
HEX = frozenset("0123456789abcdef")
#: What most requests of spans say: frames cost more to make than the rest of it.
_NOTHING = (reading.events({}, 0), reading.mentions([]))
#: Attributes by which a log record names its event, where it has no event name of its own; and itself.
_EVENT_NAME, _UID = "event.name", "log.record.uid"


class Told(NamedTuple):
    """An event as telemetry tells it: `at` in microseconds, `said` the attributes by which it is read."""

    item: int
    source: str
    native_id: str
    kind: str | None
    at: int
    basis: str
    trace_id: str | None
    span_id: str | None
    said: Mapping[str, Any]
    attrs: str | None


def of_spans(parts: list[Part[Row]], names: Names, fallback: str) -> list[Told]:
    """The events of spans that carry an event type. They happened when their span ended."""
    return [
        Told(
            item, code(part.service, SERVICES, fallback), f"{row.trace_id}:{row.span_id}", _kind(row.attrs, names),
            max(row.ended, row.started) // 1000, "explicit", row.trace_id, row.span_id, row.attrs, None,
        )
        for part in parts
        for item, row in zip(part.items, part.rows, strict=True)
        if names.event_type in row.attrs
    ]  # fmt: skip


def of_logs(found: Found, names: Names, fallback: str, received: int) -> tuple[list[Told], int]:
    """The events among log records, and how many records are none. An impossible time is a rejection."""
    told, others = [], 0
    for part in found.logs:
        source, kept = code(part.service, SERVICES, fallback), kept_text(part.kept)
        for item, row in zip(part.items, part.rows, strict=True):
            kind = log_kind(row, names)
            if kind is None:
                others += 1
            elif row.at and (why := off_range(row.at // 1000, received)):
                detail = f"time: {row.at} ns. {why}"
                found.rejections.append(Rejection(item, "time_out_of_range", detail, excerpt=kind[:200]))
            else:
                told.append(_of_log(item, source, kind, row, received, kept))
    return told, others


def _kind(attrs: Mapping[str, Any], names: Names) -> str | None:
    given = _text(attrs.get(names.event_type))
    return given if given is None else names.events.get(given, given)


def log_kind(row: LogRow, names: Names) -> str | None:
    """The event type of a log record: an attribute says it, or its name is one, or the mapping knows its name."""
    if row.attrs.get(names.event_type) is not None:
        return _kind(row.attrs, names)
    name = row.name or _text(row.attrs.get(_EVENT_NAME)) or ""
    kind = names.events.get(name, name)
    return kind if kind in KNOWN_TYPES else None


def _of_log(item: int, source: str, kind: str, row: LogRow, received: int, kept: str) -> Told:
    body = {"body": row.body} if row.body is not None else {}
    severity = {"severity": row.severity} if row.severity else {}
    attrs = json_text({**row.attrs, **severity, **body}, kept)
    trace = row.trace_id if _is_id(row.trace_id, NO_TRACE) else None
    span = row.span_id if trace and _is_id(row.span_id, NO_SPAN) else None
    native = _text(row.attrs.get(_UID)) or _mark(trace, span, kind, row.at, attrs)
    at, basis = (row.at // 1000, "explicit") if row.at else (received, "received")
    return Told(item, source, native, kind, at, basis, trace, span, row.attrs, attrs)


def _is_id(text: str, none: str) -> bool:
    return len(text) == len(none) and text != none and HEX.issuperset(text)


def _mark(*parts: object) -> str:
    """An id for a record that has none: the same record, the same id."""
    return "log:" + hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()[:32]


def frames(told: list[Told], names: Names, received: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The frames of events and of keys."""
    if not told:
        return _NOTHING
    flags = {at: found for at, one in enumerate(told) if (found := _flags(one, received))}
    columns: dict[str, Any] = {
        "item": [one.item for one in told],
        "source": [one.source for one in told],
        "native_id": [one.native_id for one in told],
        "type": [one.kind or "unknown" for one in told],
        "occurred_at": [received if one.at > received + SKEW else one.at for one in told],
        "tz_basis": [one.basis for one in told],
        "partner": [_text(one.said.get(names.partner)) for one in told],
        "reason": [_text(one.said.get(names.reason)) for one in told],
        "revision": [_revision(one.said.get(names.revision)) for one in told],
        "trace_id": [one.trace_id for one in told],
        "span_id": [one.span_id for one in told],
        "attrs": [one.attrs for one in told],
        "flags": flags,
    }
    keyed = [(one.item, *key, None) for one in told for key in _all_keys(one, names)]
    return reading.events(columns, len(told)), reading.mentions(keyed)


def _all_keys(one: Told, names: Names) -> Iterable[tuple[str, str]]:
    yield from keys_of(one.said, names.keys)
    if one.trace_id:
        yield "trace", one.trace_id


def keys_of(attrs: Mapping[str, Any], wanted: Mapping[str, str]) -> list[tuple[str, str]]:
    """(key type, value) of the attributes that name an order; a list names several."""
    named = wanted.keys() & attrs.keys()
    if not named:
        return []
    found = [(kind, attrs[name]) for name, kind in wanted.items() if name in named and attrs[name] is not None]
    several = [(kind, one) for kind, value in found for one in (value if isinstance(value, list) else [value])]
    return [(kind, text) for kind, one in several if (text := str(one)[: KEY_LIMIT + 1]) and len(text) <= KEY_LIMIT]


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:TEXT_LIMIT]


def _revision(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _flags(one: Told, received: int) -> list[str]:
    return ["mapping_unknown"] * (one.kind not in KNOWN_TYPES) + ["clamped"] * (one.at > received + SKEW)
