"""From an OTLP request to the frame of spans, and to events where a span says that it is one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl

from app.errors import WrongUse
from app.model.event import SPAN, Message, Rejection, Translation
from app.model.taxonomy import ROLES
from app.settings import Source
from collectors import reading
from collectors.files import json_messages
from collectors.otlp import json, protobuf
from collectors.otlp.config import BLOCK_LINES, Names, load
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.rows import KINDS, STATUSES, Part, Row, attrs_text, code, kept_text
from collectors.reading import KEY_LIMIT, KNOWN_TYPES, SKEW, TEXT_LIMIT, micros, off_range

_ROLES = frozenset(ROLES)
_NO_TRACE, _NO_SPAN = "0" * 32, "0" * 16
_HEX = frozenset("0123456789abcdef")
_MOST = 2**63 - 1


def translate(message: Message, source: Source) -> Translation:
    """What a request of traces says; `source` may name a mapping with its own attribute names."""
    try:
        names = load(source)
        parts, rejections = _read(message)
    except Unreadable as fault:
        return Translation(rejections=(reading.whole("malformed", str(fault), message.body),))
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    received = micros(message.received_at)
    good = [_sound(part, received, rejections) for part in parts]
    good = [part for part in good if part.rows]
    if not good:
        return Translation(rejections=tuple(rejections))
    events, mentions = _events(good, names, message.source, received)
    return Translation(events, mentions, _spans(good, names, message.source), tuple(rejections))


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of OTLP in JSON as messages: JSON lines in blocks, a single document whole."""
    return json_messages(path, BLOCK_LINES)


def is_json(media: str, body: bytes) -> bool:
    """The encoding of a body: what the request says, else what it looks like."""
    if "protobuf" in media:
        return False
    return "json" in media or body.lstrip()[:1] == b"{"


def _read(message: Message) -> tuple[list[Part], list[Rejection]]:
    if is_json(message.media, message.body):
        return json.read(message.body)
    return list(protobuf.parts(message.body)), []


def _sound(part: Part, received: int, rejections: list[Rejection]) -> Part:
    """A part without the spans whose ids or times cannot be."""
    if _are_sound(part.rows, received):
        return part
    faults = [_fault(row, received) for row in part.rows]
    for item, row, fault in zip(part.items, part.rows, faults, strict=True):
        if fault:
            rejections.append(
                Rejection(item, *fault, native_id=f"{row.trace_id[:64]}:{row.span_id[:32]}", excerpt=row.name[:200])
            )
    good = [(row, item) for row, item, fault in zip(part.rows, part.items, faults, strict=True) if not fault]
    return part._replace(rows=[row for row, _ in good], items=[item for _, item in good])


def _are_sound(rows: list[Row], received: int) -> bool:
    """True when all ids and times are good; tells nothing about which is not."""
    traces, spans = {row.trace_id for row in rows}, {row.span_id for row in rows}
    starts = [row.started for row in rows] or [0]
    return (
        _NO_TRACE not in traces
        and _NO_SPAN not in spans
        and {32} == set(map(len, traces))
        and {16} == set(map(len, spans))
        and _HEX.issuperset("".join(traces) + "".join(spans))
        and not off_range(min(starts) // 1000, received)
        and not off_range(max(starts) // 1000, received)
    )


def _fault(row: Row, received: int) -> tuple[str, str] | None:
    if len(row.trace_id) != 32 or row.trace_id == _NO_TRACE or not _HEX.issuperset(row.trace_id):
        return "bad_trace_id", "The trace id is not 16 bytes, or all zero."
    if len(row.span_id) != 16 or row.span_id == _NO_SPAN or not _HEX.issuperset(row.span_id):
        return "bad_span_id", "The span id is not 8 bytes, or all zero."
    why = off_range(row.started // 1000, received)
    return ("time_out_of_range", f"start: {row.started} ns. {why}") if why else None


def _spans(parts: list[Part], names: Names, fallback: str) -> pl.DataFrame:
    """The frame of spans."""
    rows = [row for part in parts for row in part.rows]
    kept = [kept_text(part.kept) for part in parts]
    sources = [code(part.service, _ROLES, fallback) for part in parts]
    wanted = names.keys
    columns: dict[str, Any] = {
        "item": [item for part in parts for item in part.items],
        "trace_id": [row.trace_id for row in rows],
        "span_id": [row.span_id for row in rows],
        "parent_id": [_parent(row.parent_id) if row.parent_id else None for row in rows],
        "source": [source for source, part in zip(sources, parts, strict=True) for _ in part.rows],
        "name": [row.name[:TEXT_LIMIT] for row in rows],
        "kind": [KINDS[row.kind] if 0 <= row.kind < len(KINDS) else "" for row in rows],
        "started_at": [row.started // 1000 for row in rows],
        "duration_ns": [min(max(row.ended - row.started, 0), _MOST) for row in rows],
        "status": [STATUSES[row.status] if 0 <= row.status < len(STATUSES) else "" for row in rows],
        "message": [row.message[:TEXT_LIMIT] or None for row in rows],
        "keys": reading.lists([[f"{kind}:{value}" for kind, value in _keys(row.attrs, wanted)] for row in rows]),
        "links": reading.lists([row.links for row in rows]),
        "attrs": [attrs_text(row, text) for text, part in zip(kept, parts, strict=True) for row in part.rows],
    }
    return reading.frame(SPAN, columns, len(rows))


def _parent(text: str) -> str | None:
    return text if len(text) == 16 and text != _NO_SPAN and _HEX.issuperset(text) else None


def _keys(attrs: dict[str, Any], wanted: dict[str, str]) -> list[tuple[str, str]]:
    """(key type, value) of the attributes that name an order; a list names several."""
    named = wanted.keys() & attrs.keys()
    if not named:
        return []
    found = [(kind, attrs[name]) for name, kind in wanted.items() if name in named and attrs[name] is not None]
    several = [(kind, one) for kind, value in found for one in (value if isinstance(value, list) else [value])]
    return [(kind, text) for kind, one in several if (text := str(one)[: KEY_LIMIT + 1]) and len(text) <= KEY_LIMIT]


def _events(parts: list[Part], names: Names, fallback: str, received: int) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The events and keys of spans that carry an event type. They happened when their span ended."""
    found = [
        (item, code(part.service, _ROLES, fallback), row)
        for part in parts
        for item, row in zip(part.items, part.rows, strict=True)
        if names.event_type in row.attrs
    ]
    if not found:
        return reading.events({}, 0), reading.mentions([])
    rows = [row for _, _, row in found]
    ended = [max(row.ended, row.started) // 1000 for row in rows]
    said: dict[str, Any] = {
        name: [_text(row.attrs.get(attribute)) for row in rows]
        for name, attribute in (("type", names.event_type), ("partner", names.partner), ("reason", names.reason))
    }
    columns = said | {
        "item": [item for item, _, _ in found],
        "source": [source for _, source, _ in found],
        "native_id": [f"{row.trace_id}:{row.span_id}" for row in rows],
        "type": [kind or "unknown" for kind in said["type"]],
        "occurred_at": [received if at > received + SKEW else at for at in ended],
        "tz_basis": ["explicit"] * len(rows),
        "revision": [_revision(row.attrs.get(names.revision)) for row in rows],
        "trace_id": [row.trace_id for row in rows],
        "span_id": [row.span_id for row in rows],
        "flags": {at: flags for at, row in enumerate(rows) if (flags := _flags(said["type"][at], ended[at], received))},
    }
    keyed = [
        (item, *key, None) for item, _, row in found for key in (*_keys(row.attrs, names.keys), ("trace", row.trace_id))
    ]
    return reading.events(columns, len(rows)), reading.mentions(keyed)


def _text(value: Any) -> str | None:
    return None if value is None else str(value)[:TEXT_LIMIT]


def _revision(value: Any) -> int | None:
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else None


def _flags(kind: str | None, ended: int, received: int) -> list[str]:
    unknown, ahead = kind not in KNOWN_TYPES, ended > received + SKEW
    return ["mapping_unknown"] * unknown + ["clamped"] * ahead
