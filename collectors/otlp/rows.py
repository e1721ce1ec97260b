"""Spans, log records and data points as both encodings give them, and what the two have in common."""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from app.model.event import Rejection
from collectors.reading import ATTRS_LIMIT, TEXT_LIMIT

One = TypeVar("One")

#: Buckets of one data point; more than that is kept as count and sum alone.
BUCKETS_LIMIT = 320
KINDS = ("", "internal", "server", "client", "producer", "consumer")
STATUSES = ("", "ok", "error")
_ENCODE = msgspec.json.Encoder().encode
_ODD = re.compile(r"[^a-z0-9._-]+")


class Row(NamedTuple):
    """A span. Ids are lower-case hex, or "" for what is none; times are nanoseconds since 1970."""

    trace_id: str
    span_id: str
    parent_id: str
    name: str
    kind: int
    started: int
    ended: int
    status: int
    message: str
    attrs: dict[str, Any]
    links: list[str]
    happenings: list[dict[str, Any]]


class LogRow(NamedTuple):
    """A log record. `at` is when it happened, else when it was observed, else 0."""

    trace_id: str
    span_id: str
    name: str
    at: int
    severity: str
    body: Any
    attrs: dict[str, Any]


class PointRow(NamedTuple):
    """A data point with what its metric says. `counted` is None for a plain number, `value` None for a distribution."""

    name: str
    unit: str
    delta: bool
    started: int
    at: int
    attrs: dict[str, Any]
    value: float | None = None
    counted: int | None = None
    total: float | None = None
    most: float | None = None
    bounds: list[float] = []  # noqa: RUF012 - a default that nobody changes
    buckets: list[int] = []  # noqa: RUF012


class Part(NamedTuple, Generic[One]):
    """The rows of one resource: who wrote them, what is kept of the resource, all it says, and the item of each row."""

    service: str
    kept: dict[str, Any]
    described: dict[str, Any]
    rows: list[One]
    items: list[int]


@dataclass(slots=True)
class Found:
    """What a message holds, resource by resource; `item` is the number of the next item."""

    spans: list[Part[Row]] = field(default_factory=list)
    logs: list[Part[LogRow]] = field(default_factory=list)
    points: list[Part[PointRow]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    item: int = 0

    def part(self, described: dict[str, Any], rows: list[One], items: list[int], kept: frozenset[str]) -> Part[One]:
        """The rows of a resource that says `described` of itself."""
        named = {name: described[name] for name in kept & described.keys()}
        return Part(str(described.get("service.name") or ""), named, described, rows, items)


def code(service: str, roles: frozenset[str], fallback: str) -> str:
    """The source code of a service: its own name where that begins with a role, else `mw.NAME`."""
    name = _ODD.sub("-", service.lower()).strip("-.")[:60]
    if not name:
        return fallback or "mw.unknown"
    return name if name.partition(".")[0] in roles else f"mw.{name}"


def attrs_text(row: Row, kept: str) -> str | None:
    """All attributes as JSON text; `kept` is the end of an object with what is kept of the resource."""
    return json_text({**row.attrs, "events": row.happenings} if row.happenings else row.attrs, kept)


def json_text(said: Mapping[str, Any], kept: str = "") -> str | None:
    """A mapping as JSON text of bounded length, ended by `kept`; None for nothing."""
    text = _ENCODE(said).decode()
    if len(text) > ATTRS_LIMIT:
        text = _ENCODE({name[:TEXT_LIMIT]: _shortened(value) for name, value in list(said.items())[:50]}).decode()
    if kept:
        return f"{text[:-1]},{kept}" if said else f"{{{kept}"
    return text if said else None


def kept_text(kept: dict[str, Any]) -> str:
    """The end of a JSON object that holds what is kept of the resource; "" for nothing."""
    return _ENCODE({f"resource.{name}": value for name, value in kept.items()}).decode()[1:] if kept else ""


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value[:TEXT_LIMIT]
    return value if isinstance(value, int | float | None) else str(value)[:TEXT_LIMIT]


def base64_text(value: bytes) -> str:
    """Bytes as an attribute value."""
    return base64.b64encode(value).decode()


def spread(scale: int, zero: float, zeros: int, offset: int, counts: list[int]) -> tuple[list[float], list[int]]:
    """The buckets of an exponential histogram as (bounds, counts): up to `zero`, then powers of 2^(2^-scale).

    Without what lies below zero, which a duration never does. Nothing for what goes beyond numbers.
    """
    if not -10 <= scale <= 20 or len(counts) > BUCKETS_LIMIT or abs(offset) > 2**31:
        return [], []
    try:
        bounds = [zero, *(2.0 ** ((offset + at) * 2.0**-scale) for at in range(1, len(counts) + 1))]
    except OverflowError:
        return [], []
    return bounds, [zeros, *counts, 0]
