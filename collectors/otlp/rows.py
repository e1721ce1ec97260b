"""One span as both encodings give it, and what the two have in common."""

import base64
import re
from typing import Any, NamedTuple

import msgspec

from collectors.reading import ATTRS_LIMIT, TEXT_LIMIT

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


class Part(NamedTuple):
    """The spans of one resource: who wrote them, what of the resource is kept, and the item of the first."""

    service: str
    kept: dict[str, Any]
    rows: list[Row]
    items: list[int]


def code(service: str, roles: frozenset[str], fallback: str) -> str:
    """The source code of a service: its own name where that begins with a role, else `mw.NAME`."""
    name = _ODD.sub("-", service.lower()).strip("-.")[:60]
    if not name:
        return fallback or "mw.unknown"
    return name if name.partition(".")[0] in roles else f"mw.{name}"


def attrs_text(row: Row, kept: str) -> str | None:
    """All attributes as JSON text; `kept` is the end of an object with what is kept of the resource."""
    said = {**row.attrs, "events": row.happenings} if row.happenings else row.attrs
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
