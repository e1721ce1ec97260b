"""What was seen: the columns that every collector hands over, whatever wire it reads.

Frames hold instants as microseconds UTC without a zone (`INSTANT`); a zone is written only at the edge
(JSON, pages). Quantities and money are decimal strings, checked when they are read and cast where they are
summed, so that nothing is ever rounded on the way in.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import polars as pl

INSTANT = pl.Datetime("us")
#: A line of a document; `order` names the sales order that it is of, where the document is about several.
LINE = pl.Struct(dict.fromkeys(("line", "sku", "qty", "uom", "price", "order"), pl.String))

#: One row per event. `item` is the position in its message. `attrs` is JSON text: fields we do not know, kept.
EVENT: dict[str, Any] = {
    "item": pl.Int32,
    "source": pl.String,
    "native_id": pl.String,
    "type": pl.String,
    "occurred_at": INSTANT,
    "recorded_at": INSTANT,
    "received_at": INSTANT,
    "tz_basis": pl.String,
    "revision": pl.Int32,
    "lines": pl.List(LINE),
    "partner": pl.String,
    "carrier": pl.String,
    "location": pl.String,
    "customer": pl.String,
    "tier": pl.String,
    "channel": pl.String,
    "entity": pl.String,
    "amount": pl.String,
    "currency": pl.String,
    "promised_at": INSTANT,
    "status": pl.String,
    "reason": pl.String,
    "hold_kind": pl.String,
    "hold_id": pl.String,
    "trace_id": pl.String,
    "span_id": pl.String,
    "flags": pl.List(pl.String),
    "attrs": pl.String,
}

#: One row per key named by an event: `issuer` only where the message itself says whose number it is.
MENTION: dict[str, Any] = {"item": pl.Int32, "type": pl.String, "value": pl.String, "issuer": pl.String}

#: One row per span. Ids are lower-case hex; `keys` are texts as `app.model.keys.spoken` writes them; durations are nanoseconds.
SPAN: dict[str, Any] = {
    "item": pl.Int32,
    "trace_id": pl.String,
    "span_id": pl.String,
    "parent_id": pl.String,
    "source": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "started_at": INSTANT,
    "duration_ns": pl.Int64,
    "status": pl.String,
    "message": pl.String,
    "keys": pl.List(pl.String),
    "links": pl.List(pl.String),
    "attrs": pl.String,
    "received_at": INSTANT,
}

#: One row per data point of an interface's metric, as its sender counted: since `started_at`, or only since the point
#: before where `delta`. `interface` is at what, "" for the whole service; `side` one of `interfaces.SIDES`; `series`
#: tells one sender's count from another's. `count` calls took `total` seconds; `buckets` counts those up to each of
#: `bounds` (seconds), and beyond; `most` is the longest. `value` is what waits in a queue.
METRIC: dict[str, Any] = {
    "item": pl.Int32,
    "source": pl.String,
    "interface": pl.String,
    "side": pl.String,
    "name": pl.String,
    "series": pl.String,
    "delta": pl.Boolean,
    "failed": pl.Boolean,
    "started_at": INSTANT,
    "ended_at": INSTANT,
    "count": pl.Int64,
    "total": pl.Float64,
    "most": pl.Float64,
    "bounds": pl.List(pl.Float64),
    "buckets": pl.List(pl.Int64),
    "value": pl.Float64,
    "received_at": INSTANT,
}


@dataclass(frozen=True, slots=True)
class Rejection:
    """One item that could not be taken: where it stood, why (a code), and what a person should know.

    `source` is the sender that the item names, where the message itself names none. Of what was cut off, `again` names
    what has to come again until all is there; "" is something that cannot be named.
    """

    item: int
    reason: str
    detail: str
    native_id: str = ""
    excerpt: str = ""
    source: str = ""
    again: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """What came over a wire, whole: kept as it came, so that it can be read again with a better mapping.

    `received_at` is naive UTC, stamped at the socket.
    """

    source: str
    collector: str
    media: str
    body: bytes
    received_at: Any
    mapping: str = ""


def empty(columns: dict[str, Any]) -> pl.DataFrame:
    """A frame with the given columns and no row."""
    return pl.DataFrame(schema=columns)


@dataclass(frozen=True, slots=True)
class Translation:
    """What a message said: events with their keys, spans, metrics, and what could not be understood.

    `whole` names what has come whole, for where it was cut off before (`Rejection.again`).
    """

    events: pl.DataFrame = field(default_factory=lambda: empty(EVENT))
    mentions: pl.DataFrame = field(default_factory=lambda: empty(MENTION))
    spans: pl.DataFrame = field(default_factory=lambda: empty(SPAN))
    rejections: tuple[Rejection, ...] = ()
    metrics: pl.DataFrame = field(default_factory=lambda: empty(METRIC))
    whole: tuple[str, ...] = ()

    def dated(self) -> "Translation":
        """The same as history: what arrives now arrived when it says, else when it happened."""
        arrived = pl.coalesce("received_at", "recorded_at", "occurred_at").alias("received_at")
        return replace(self, events=self.events.with_columns(arrived))

    def arrived_now(self) -> "Translation":
        """The same as news: whatever it says of its arrival, it arrives now."""
        now = pl.lit(None, INSTANT).alias("received_at")
        return replace(
            self,
            events=self.events.with_columns(now),
            spans=self.spans.with_columns(now),
            metrics=self.metrics.with_columns(now),
        )
