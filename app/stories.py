r"""Stories: an event log as a person would write it down. Tests, the examples of rules and the demo are told this way.

One event per line, empty lines and what follows `#` are left out::

    zone Europe/Berlin                                    # of the times that carry none; UTC unless said
    2026-11-02 09:00  erp.main  order.created  so=4711 customer=C-17 promised=2026-11-05T17:00Z lines=1:A-1:10:EA
    +2h               erp.main  order.released so=4711 fo@3pl.west=4711-1
    13:30             3pl.west  fulfillment.acknowledged fo=4711-1 received=+45m

A line is a time, a source, an event type, then `name=value` pairs; quote a value that holds spaces.

* **Times**: `2026-11-02 09:00[:30[.25]]`, RFC 3339 (`2026-11-02T09:00:00Z`), `09:00` on the day of the line above,
  or `+2h` after the line above (`+1h30m`, `+2d`, `+15m1us`; units w d h m s ms us).
* **Keys**: every key type (`so ch cpo fo xo sh …`), several values with commas; `fo@3pl.west=` says whose number.
* **Fields**: `partner carrier location customer tier channel entity amount currency status reason`, `rev=2`,
  `promised=TIME`, `hold=credit:H1`, `span=`, `lines=LINE:SKU:QTY[:UOM[:PRICE[:ORDER]]],…`;
  `x.anything=` is kept as an unknown field.
* **Envelope**: `received=TIME` and `recorded=TIME` (`+…` counts from the event), `id=` the sender's id. Without them
  the event arrives when it happens, under an id made of the story's name and the line number.
"""

import json
import re
import shlex
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from app.calendar.zones import Zone
from app.errors import BadInput, WrongUse
from app.model.event import EVENT, MENTION, Translation
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS

_UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
_UNITS |= {"ms": "milliseconds", "us": "microseconds"}
_STEP = re.compile(r"(\d+)(us|ms|[wdhms])")
_DATE, _TIME = re.compile(r"\d{4}-\d\d-\d\d"), re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")
_FULL = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d")
_PLAIN = (
    "partner", "carrier", "location", "customer", "tier", "channel", "entity", "amount", "currency", "status", "reason",
)  # fmt: skip
_RENAMED = {"id": "native_id", "span": "span_id"}
_TIMES = {"promised": "promised_at", "received": "received_at", "recorded": "recorded_at"}
_LINE = ("line", "sku", "qty", "uom", "price", "order")
_LEAST = 3


@dataclass(slots=True)
class _Reader:
    """Where in the story we are: the zone, the time of the line above, and what was read so far."""

    name: str
    zone: str = "UTC"
    at: datetime | None = None
    events: list[dict[str, Any]] = field(default_factory=list)
    mentions: list[dict[str, Any]] = field(default_factory=list)


def parse(story: str, name: str = "story") -> Translation:
    """The events and keys of a story, in its order; `name` goes into ids, so that two stories do not share one.

    Raises BadInput for the first line that cannot be read, with its number in `extra["line"]`.
    """
    reader = _Reader(name)
    for number, line in enumerate(story.splitlines(), start=1):
        try:
            _read(reader, number, shlex.split(line, comments=True))
        except (ValueError, OverflowError, WrongUse) as fault:
            raise BadInput(f"line {number}: {fault}", "See app/stories.py for the grammar.", line=number) from None
    return Translation(pl.DataFrame(reader.events, schema=EVENT), pl.DataFrame(reader.mentions, schema=MENTION))


def instant(text: str, zone: str = "UTC") -> datetime:
    """A time of a story as naive UTC; raises ValueError for anything else than a full date and time."""
    if not _FULL.match(text):
        raise ValueError(f"{text!r} is not a date and time")
    said = datetime.fromisoformat(text)
    return said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else Zone.named(zone).utc(said)


def step(text: str) -> timedelta:
    """`+1h30m` as a duration; raises ValueError for anything else."""
    parts = _STEP.findall(text.removeprefix("+"))
    if not parts or "".join(number + unit for number, unit in parts) != text.removeprefix("+"):
        raise ValueError(f"{text!r} is not a duration such as 15m or 1h30m")
    try:
        return sum((timedelta(**{_UNITS[unit]: int(number)}) for number, unit in parts), timedelta())
    except OverflowError:
        raise ValueError(f"{text!r} is longer than any time is counted") from None


def _read(reader: _Reader, number: int, words: list[str]) -> None:
    if not words:
        return
    if words[0] == "zone" and len(words) == 2:
        reader.zone = Zone.named(words[1]).name
        return
    if len(words) > 1 and _DATE.fullmatch(words[0]) and _TIME.fullmatch(words[1]):
        words = [f"{words[0]}T{words[1]}", *words[2:]]
    if len(words) < _LEAST:
        raise ValueError("an event is a time, a source and a type")
    reader.at = _time(words[0], reader.at, reader.zone)
    if words[2] not in EVENTS:
        raise ValueError(f"{words[2]!r} is not an event type")
    row = {"item": len(reader.events), "source": words[1], "type": words[2], "occurred_at": reader.at}
    row |= {"received_at": reader.at, "tz_basis": "explicit", "flags": [], "native_id": f"{reader.name}:{number}"}
    for word in words[3:]:
        _pair(reader, row, word)
    reader.events.append(row)


def _pair(reader: _Reader, row: dict[str, Any], word: str) -> None:
    """One `name=value`: a key, or a field of the event."""
    name, equals, value = word.partition("=")
    kind, _, issuer = name.partition("@")
    if not equals or not value:
        raise ValueError(f"{word!r} is not name=value")
    if kind in TYPES:
        row |= {"trace_id": value} if kind == "trace" else {}
        key = {"item": row["item"], "type": kind, "issuer": issuer or None}
        reader.mentions += [key | {"value": one} for one in value.split(",")]
    elif name in _TIMES:
        row[_TIMES[name]] = _time(value, row["occurred_at"], reader.zone)
    elif name.startswith("x."):
        row["attrs"] = json.dumps(json.loads(row.get("attrs", "{}")) | {name[2:]: value})
    else:
        row |= _field(name, value)


def _field(name: str, value: str) -> dict[str, Any]:
    if name in _PLAIN:
        return {name: value}
    if name in _RENAMED:
        return {_RENAMED[name]: value}
    if name == "rev":
        return {"revision": int(value)}
    if name == "hold":
        kind, _, hold = value.partition(":")
        return {"hold_kind": kind, "hold_id": hold or kind}
    if name == "lines":
        return {"lines": [_line(one) for one in value.split(",")]}
    raise ValueError(f"{name!r} is neither a key type nor a field")


def _line(text: str) -> dict[str, str | None]:
    parts = text.split(":")
    if not _LEAST <= len(parts) <= len(_LINE):
        raise ValueError(f"{text!r} is not LINE:SKU:QTY[:UOM[:PRICE[:ORDER]]]")
    return dict.fromkeys(_LINE) | dict(zip(_LINE, parts, strict=False))


def _time(text: str, above: datetime | None, zone: str) -> datetime:
    """A time as written; `+…` and a time without a date need one above them."""
    if text.startswith("+"):
        return _needed(text, above) + step(text)
    if _TIME.fullmatch(text):
        return instant(f"{Zone.named(zone).shown(_needed(text, above)).date()}T{text}", zone)
    return instant(text, zone)


def _needed(text: str, above: datetime | None) -> datetime:
    if above is None:
        raise ValueError(f"{text!r} needs a full time in a line above")
    return above
