"""What every wire needs to turn what it read into frames: columns, instants, numbers, refusals.

Frames are built a column at a time from plain lists, because for the small messages of a live system the fixed cost
of a frame expression is higher than the work it does.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from itertools import accumulate
from typing import Any

import polars as pl
import pyarrow as pa

from app.model.event import EVENT, INSTANT, LINE, MENTION, Rejection
from app.model.keys import TYPES
from app.model.taxonomy import EVENTS

#: Characters of a key, and of any other text of an event.
KEY_LIMIT, TEXT_LIMIT = 200, 1000
#: Characters of the JSON text that holds what we do not know; beyond that it is left to the raw message.
ATTRS_LIMIT = 65_536
#: `Rejection.item` of a message that could not be read at all.
WHOLE = -1
#: Microseconds since 1970: nothing earlier than 1990 and no promise after 2199 is believed.
EARLIEST, LATEST_PROMISE = 631_152_000_000_000, 7_258_118_400_000_000
#: An event this far ahead of its arrival is set back to it; further ahead than that it is refused (DOMAIN 2.1).
SKEW, FUTURE = 300_000_000, 86_400_000_000
KNOWN_TYPES = frozenset(EVENTS)
KNOWN_KEYS = frozenset(TYPES)

_EPOCH = datetime(1970, 1, 1)
_EPOCH_UTC = _EPOCH.replace(tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")
_PLAIN = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_PLAIN_LIST = re.compile(r"(-?[0-9]{1,12}(\.[0-9]{1,6})?\n)*")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,6})?")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}.*", re.DOTALL)
_EXCERPT = 300
_LINES = [pa.field(one.name, pa.string()) for one in LINE.fields]
_MENTION_COLUMNS = tuple(MENTION)


def micros(at: datetime) -> int:
    """Microseconds since 1970 of a naive UTC or an aware instant."""
    return (at - (_EPOCH if at.tzinfo is None else _EPOCH_UTC)) // _MICROSECOND


def due(text: str) -> str:
    """A promise as it is written; one that names a day only holds until the end of that day."""
    return f"{text}T23:59:59" if _DAY.fullmatch(text) else text


def series(name: str, values: Sequence[Any] | None, dtype: Any, height: int) -> pl.Series:
    """One column of exactly `dtype`; without values it is all null. Instants come as microseconds."""
    if values is None or values.count(None) == len(values):
        return pl.Series(name, [None], dtype=dtype).new_from_index(0, height)
    if dtype == INSTANT:
        return pl.Series(name, values, dtype=pl.Int64).cast(INSTANT)
    return pl.Series(name, values, dtype=dtype)


def frame(schema: Mapping[str, Any], columns: Mapping[str, Any], height: int) -> pl.DataFrame:
    """A frame with exactly the columns of `schema`; those not given are null. A Series is taken as it is."""
    made = []
    for name, dtype in schema.items():
        values = columns.get(name)
        made.append(values.rename(name) if isinstance(values, pl.Series) else series(name, values, dtype, height))
    return pl.DataFrame(made)


def events(columns: Mapping[str, Any], height: int) -> pl.DataFrame:
    """The frame of events. `flags` may be a sparse mapping of row to flags."""
    flags = columns.get("flags") or {}
    if isinstance(flags, Mapping):
        given = [flags.get(row, []) for row in range(height)] if flags else [[]]
        made = pl.Series("flags", given, dtype=EVENT["flags"])
        flags = made if len(made) == height else made.new_from_index(0, height)
    return frame(EVENT, {**columns, "flags": flags}, height)


def mentions(rows: Iterable[tuple[int, str, str, str | None]]) -> pl.DataFrame:
    """The frame of keys from (item, type, value, issuer)."""
    columns: Sequence[Sequence[Any]] = list(zip(*rows, strict=True)) or [[]] * len(_MENTION_COLUMNS)
    return frame(MENTION, dict(zip(_MENTION_COLUMNS, columns, strict=True)), len(columns[0]))


def lists(values: Sequence[Sequence[str]]) -> pl.Series:
    """A column of lists of text, most of which may be empty."""
    if not any(values):
        return pl.Series([[]], dtype=pl.List(pl.String)).new_from_index(0, len(values))
    flat = pa.array([one for some in values for one in some], pa.string())
    return pl.Series(pa.ListArray.from_arrays(_offsets(values), flat), dtype=pl.List(pl.String))


def nested(lines: Sequence[Sequence[tuple[str | None, ...]] | None]) -> pl.Series:
    """The column `lines` from one list of (line, sku, qty, uom, price[, order]) per event, or None."""
    columns = list(zip(*[line for some in lines if some for line in some], strict=True))
    height = len(columns[0]) if columns else 0
    parts = [pa.array(column, pa.string()) for column in columns]
    parts += [pa.nulls(height, pa.string())] * (len(_LINES) - len(parts))
    rows = pa.ListArray.from_arrays(_offsets(lines), pa.StructArray.from_arrays(parts, fields=_LINES))
    return pl.Series(rows, dtype=EVENT["lines"])


def _offsets(values: Sequence[Sequence[Any] | None]) -> pa.Array:
    """Where each list begins and the last one ends; None for a list that is null."""
    ends = accumulate((len(some) if some else 0 for some in values), initial=0)
    return pa.array(
        [at if some is not None else None for at, some in zip(ends, [*values, ()], strict=True)], pa.int32()
    )


def are_plain(numbers: Sequence[str]) -> bool:
    """True when every number stands as plain decimal text within the limits; tells nothing about which does not."""
    joined = "".join([f"{number}\n" for number in numbers])
    return joined.count("\n") == len(numbers) and _PLAIN_LIST.fullmatch(joined) is not None


def plain(number: str) -> str | None:
    """A quantity or amount as plain decimal text; None unless it is finite, of 18 digits and 6 decimals at most.

    `1e2` becomes `100`; what is plain already stays as it was written.
    """
    text = number.strip(" ")
    if _PLAIN.fullmatch(text):
        return text
    if len(text) > 100 or not _NUMBER.fullmatch(text):
        return None
    try:
        value = Decimal(text).normalize()
    except InvalidOperation:
        return None
    decimals = max(-int(value.as_tuple().exponent), 0)
    whole = max(value.adjusted() + 1, 0) if value else 0
    if decimals > 6 or whole + decimals > 18:
        return None
    return format(value, "f") if value else "0"


def traced(traceparent: str | None) -> tuple[str | None, str | None]:
    """(trace id, span id) of a W3C `traceparent`; (None, None) when it is not one."""
    found = _TRACEPARENT.fullmatch(traceparent) if traceparent else None
    if not found or found[1] == "0" * 32:
        return None, None
    return found[1], found[2]


def off_range(at: int, received: int) -> str:
    """Why an event's time cannot be true, or an empty text."""
    if at < EARLIEST:
        return "The time lies before 1990."
    return "The time lies over 24 hours after the arrival." if at > received + FUTURE else ""


def excerpt(raw: bytes | str) -> str:
    """The beginning of what was sent, for a person; bytes that are no text show as replacement marks."""
    text = raw[:_EXCERPT].decode("utf-8", "replace") if isinstance(raw, bytes) else raw[:_EXCERPT]
    return text.encode("utf-8", "replace").decode("utf-8")


def whole(reason: str, detail: str, body: bytes) -> Rejection:
    """The refusal of a message that could not be read at all."""
    return Rejection(WHOLE, reason, detail, "", excerpt(body))
