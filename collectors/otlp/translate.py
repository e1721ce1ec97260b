"""From an OTLP message to the frames of spans and metrics, and to events where a span or a log record is one."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from app.errors import WrongUse
from app.model.event import SPAN, Message, Rejection, Translation, empty
from app.model.keys import spoken
from app.settings import Source
from collectors import reading
from collectors.files import json_messages
from collectors.otlp import events
from collectors.otlp.config import BLOCK_LINES, Names, load
from collectors.otlp.events import HEX, NO_SPAN, NO_TRACE, SERVICES, keys_of
from collectors.otlp.metrics import of_points
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.rows import KINDS, STATUSES, Part, Row, attrs_text, code, kept_text
from collectors.otlp.signals import found_in
from collectors.reading import TEXT_LIMIT, micros, off_range

_MOST = 2**63 - 1


class Unstored(NamedTuple):
    """How many log records and data points were read and not kept: they say nothing of an order or interface.

    `item` is the number after those of all items.
    """

    records: int = 0
    points: int = 0
    item: int = 0

    @property
    def text(self) -> str:
        """What to tell the sender; "" when all was kept."""
        records = f"{self.records} log records without an event type" if self.records else ""
        points = f"{self.points} data points of metrics that are of no interface" if self.points else ""
        told = " and ".join(one for one in (records, points) if one)
        return f"Not stored: {told}." if told else ""


def translate(message: Message, source: Source) -> Translation:
    """What a message says; `source` may name a mapping with its own names. What is not kept is one more rejection."""
    said, unstored = read(message, source)
    if not unstored.text:
        return said
    return Translation(
        said.events, said.mentions, said.spans,
        (*said.rejections, Rejection(unstored.item, "not_stored", unstored.text)), said.metrics,
    )  # fmt: skip


def read(message: Message, source: Source) -> tuple[Translation, Unstored]:
    """What a message says, and how much of it is not kept."""
    try:
        names, found = load(source), found_in(message)
    except Unreadable as fault:
        return Translation(rejections=(reading.whole("malformed", str(fault), message.body),)), Unstored()
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),)), Unstored()
    received = micros(message.received_at)
    sound = [_sound(part, received, found.rejections) for part in found.spans]
    sound = [part for part in sound if part.rows]
    logged, records = events.of_logs(found, names, message.source, received)
    metrics, points = of_points(found, names, message.source, received)
    told = events.of_spans(sound, names, message.source) + logged
    spans = _spans(sound, names, message.source) if sound else empty(SPAN)
    said = Translation(*events.frames(told, names, received), spans, tuple(found.rejections), metrics)
    return said, Unstored(records, points, found.item)


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of OTLP in JSON as messages: JSON lines in blocks, a single document whole."""
    return json_messages(path, BLOCK_LINES)


def _sound(part: Part[Row], received: int, rejections: list[Rejection]) -> Part[Row]:
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
        NO_TRACE not in traces
        and NO_SPAN not in spans
        and {32} == set(map(len, traces))
        and {16} == set(map(len, spans))
        and HEX.issuperset("".join(traces) + "".join(spans))
        and not off_range(min(starts) // 1000, received)
        and not off_range(max(starts) // 1000, received)
    )


def _fault(row: Row, received: int) -> tuple[str, str] | None:
    if len(row.trace_id) != 32 or row.trace_id == NO_TRACE or not HEX.issuperset(row.trace_id):
        return "bad_trace_id", "The trace id is not 16 bytes, or all zero."
    if len(row.span_id) != 16 or row.span_id == NO_SPAN or not HEX.issuperset(row.span_id):
        return "bad_span_id", "The span id is not 8 bytes, or all zero."
    why = off_range(row.started // 1000, received)
    return ("time_out_of_range", f"start: {row.started} ns. {why}") if why else None


def _spans(parts: list[Part[Row]], names: Names, fallback: str) -> pl.DataFrame:
    """The frame of spans."""
    rows = [row for part in parts for row in part.rows]
    kept = [kept_text(part.kept) for part in parts]
    sources = [code(part.service, SERVICES, fallback) for part in parts]
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
        "keys": reading.lists([_spoken(row.attrs, names) for row in rows]),
        "links": reading.lists([row.links for row in rows]),
        "attrs": [attrs_text(row, text) for text, part in zip(kept, parts, strict=True) for row in part.rows],
    }
    return reading.frame(SPAN, columns, len(rows))


def _spoken(attrs: Mapping[str, Any], names: Names) -> list[str]:
    """The keys of a span; what a node numbers for itself with the node that the span names."""
    found = keys_of(attrs, names.keys)
    node = attrs.get(names.partner) if found else None
    return [spoken(kind, value, node if isinstance(node, str) else None) for kind, value in found]


def _parent(text: str) -> str | None:
    return text if len(text) == 16 and text != NO_SPAN and HEX.issuperset(text) else None
