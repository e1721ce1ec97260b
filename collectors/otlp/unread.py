"""What telemetry said of orders and nobody read: so that a person sees which names a mapping should know."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from app.errors import WrongUse
from app.model.event import Message
from app.model.interfaces import METRICS
from app.settings import Source
from collectors.otlp.config import Names, load
from collectors.otlp.events import log_kind
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.rows import Found
from collectors.otlp.signals import found_in

_LINES, _SHOWN = 200, 80
_WORDS = re.compile(r"[a-z]+")
#: An attribute whose name has a word of the first and one of the second carries a number of something that we know.
_THINGS = frozenset(["order", "fulfillment", "fulfilment", "shipment", "parcel", "package", "delivery", "invoice", "purchase", "po", "tracking", "rma", "return", "asn", "ticket"])  # fmt: skip
_NUMBERS = frozenset(["id", "number", "num", "no", "nr", "key", "code", "ref", "reference"])
#: Of an event, these carry what an event could say.
_SAID = frozenset(["quantity", "qty", "amount", "total", "price", "status", "date", "eta", "promised", "due"])


def unread(message: Message, source: Source) -> list[str]:
    """A line for each attribute, log event and metric name that became nothing; each name once."""
    try:
        names, found = load(source), found_in(message)
    except (Unreadable, WrongUse):
        return []
    lines: dict[str, str] = {}
    for name, line in _all(found, names):
        lines.setdefault(name, line)
        if len(lines) >= _LINES:
            break
    return list(lines.values())


def _all(found: Found, names: Names) -> Iterator[tuple[str, str]]:
    for part in found.spans:
        for row in part.rows:
            yield from _attributes(row.attrs, names, names.event_type in row.attrs)
    for logs in found.logs:
        for record in logs.rows:
            kind = log_kind(record, names)
            if kind is None and record.name:
                yield f"log {record.name}", f"log event {record.name[:_SHOWN]}: no event type"
            yield from _attributes(record.attrs, names, kind is not None)
    for points in found.points:
        for point in points.rows:
            if point.name not in METRICS | names.metrics:
                yield f"metric {point.name}", f"metric {point.name[:_SHOWN]}: of no interface"


def _attributes(attrs: Mapping[str, Any], names: Names, is_event: bool) -> Iterator[tuple[str, str]]:
    read = {*names.keys, names.event_type, names.partner, names.revision, names.reason}
    for name, value in attrs.items():
        if name not in read and value not in (None, ""):
            words = set(_WORDS.findall(name[:_SHOWN].lower()))
            if words & _THINGS and words & _NUMBERS:
                yield name, f"attribute {name[:_SHOWN]}={str(value)[:_SHOWN]}: no key type"
            elif is_event and words & _SAID:
                yield name, f"attribute {name[:_SHOWN]}={str(value)[:_SHOWN]}: kept, not read"
