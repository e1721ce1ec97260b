"""One event of a mapping, made for all rows of a block at once."""

from dataclasses import dataclass
from typing import Any

import polars as pl

from app.model.event import EVENT, INSTANT, LINE, MENTION, Rejection, empty
from collectors import reading
from collectors.mapped.cells import condition, listed
from collectors.mapped.language import CONSTANT, ROW, SHOWN, Entry, Mapping, several
from collectors.mapped.zone import instants
from collectors.reading import EARLIEST, FUTURE, KEY_LIMIT, LATEST_PROMISE, SKEW, TEXT_LIMIT

#: The id of a row: the id columns of the mapping, joined.
NATIVE = "#native"
_PLAIN = r"^-?[0-9]{1,12}(\.[0-9]{1,6})?$"
_NUMBERS = ("amount", "qty", "price")


@dataclass(frozen=True, slots=True)
class Shape:
    """What holds for the whole block: the mapping, the zone of bare times, the source, the arrival (microseconds)."""

    mapping: Mapping
    zone: str
    source: str
    received: int


@dataclass(frozen=True, slots=True)
class Made:
    """The events and keys that one entry made, and its refusals."""

    events: pl.DataFrame
    mentions: pl.DataFrame
    rejections: list[Rejection]


@dataclass(slots=True)
class _Faults:
    """Which rows are refused and why: the first reason found for a row stands."""

    reasons: dict[int, tuple[str, str]]

    def add(self, wrong: pl.Series, reason: str, shown: pl.Series, name: str) -> None:
        """Refuse the rows where `wrong` is true, saying what stood there."""
        for at in wrong.fill_null(False).arg_true():
            self.reasons.setdefault(at, (reason, f"{name} {str(shown[at])[:80]!r}"))


def made(rows: pl.DataFrame, place: int, entry: Entry, shape: Shape) -> Made:
    """The event `entry` of all rows to which it applies."""
    times = several(entry.time)
    rows = rows.filter(_applies(entry), *([] if entry.when else [pl.any_horizontal(pl.col(times).is_not_null())]))
    faults = _Faults({})
    width = len(shape.mapping.events)
    moments = _times(rows, entry, shape, faults)
    columns: dict[str, Any] = {
        "item": (rows[ROW] * width + place).cast(pl.Int32),
        "source": pl.repeat(shape.source, len(rows), eager=True),
        "native_id": rows[NATIVE] + f":{entry.name}",
        "type": pl.repeat(entry.type, len(rows), eager=True),
        "attrs": _kept(rows, shape.mapping.keep),
        **moments,
        "received_at": _sent(rows, moments["occurred_at"], shape, faults),
        **{name: _field(rows, name, given, shape, faults) for name, given in entry.fields.items()},
        "lines": _lines(rows, entry, shape, faults),
    }
    flags = pl.Series("flags", [[]], dtype=EVENT["flags"]).new_from_index(0, len(rows))
    columns["flags"] = flags.zip_with(
        ~columns.pop("ahead"), pl.Series([["clamped"]], dtype=EVENT["flags"]).new_from_index(0, len(rows))
    )
    mentions = _mentions(rows, columns["item"], entry, shape, faults)
    return _judged(reading.frame(EVENT, columns, len(rows)), mentions, faults, rows)


def _judged(events: pl.DataFrame, mentions: pl.DataFrame, faults: _Faults, rows: pl.DataFrame) -> Made:
    """What stands, without the rows that were refused."""
    if not faults.reasons:
        return Made(events, mentions, [])
    wrong = sorted(faults.reasons)
    numbers, items, ids = (
        column.gather(wrong).to_list() for column in (rows[SHOWN], events["item"], events["native_id"])
    )
    rejections = [
        Rejection(item, faults.reasons[at][0], f"row {number}: {faults.reasons[at][1]}", native_id=native)
        for at, number, item, native in zip(wrong, numbers, items, ids, strict=True)
    ]
    good = ~pl.col("item").is_in(items)
    return Made(events.filter(good), mentions.filter(good), rejections)


def _applies(entry: Entry) -> pl.Expr:
    """Whether a row gives this event."""
    conditions = [condition(name, several(wanted)) for name, wanted in entry.when.items()]
    return pl.all_horizontal(conditions) if conditions else pl.lit(True)


def _value(rows: pl.DataFrame, given: str) -> pl.Series:
    """A column, or a constant for every row."""
    if given.startswith(CONSTANT):
        return pl.repeat(given.removeprefix(CONSTANT).strip(), len(rows), eager=True, dtype=pl.String)
    return rows[given]


def _times(rows: pl.DataFrame, entry: Entry, shape: Shape, faults: _Faults) -> dict[str, Any]:
    """When it happened, on whose word, and whether that was set back to the arrival."""
    written = rows.select(pl.coalesce(several(entry.time))).to_series()
    at, told = instants(written, entry.time_format, shape.zone)
    faults.add(written.is_null(), "missing_time", written, "/".join(several(entry.time)))
    faults.add(at.is_null(), "bad_time", written, "time")
    stamps = at.to_physical() + entry.plus_seconds * 1_000_000
    faults.add((stamps < EARLIEST) | (stamps > shape.received + FUTURE), "time_out_of_range", written, "time")
    ahead = (stamps > shape.received + SKEW).fill_null(False)
    set_back = pl.repeat(shape.received, len(rows), eager=True, dtype=pl.Int64)
    basis = pl.repeat("explicit", len(rows), eager=True).zip_with(
        told, pl.repeat("partner_default", len(rows), eager=True)
    )
    return {"occurred_at": stamps.zip_with(~ahead, set_back).cast(INSTANT), "tz_basis": basis, "ahead": ahead}


def _sent(rows: pl.DataFrame, occurred: pl.Series, shape: Shape, faults: _Faults) -> pl.Series | None:
    """When the row was sent, by which history arrived; nothing where that was before it happened, or is not yet."""
    if not shape.mapping.sent:
        return None
    written = rows[shape.mapping.sent]
    at, _ = instants(written, "", shape.zone)
    faults.add(written.is_not_null() & at.is_null(), "bad_time", written, "sent")
    sound = (at >= occurred) & (at.to_physical() <= shape.received + SKEW)
    return at.set(~sound.fill_null(False), None)


def _field(rows: pl.DataFrame, name: str, given: str, shape: Shape, faults: _Faults) -> pl.Series:
    """A field of the event in its own type."""
    value = _value(rows, given)
    if name in _NUMBERS:
        return _number(value, name, shape, faults)
    if name == "promised_at":
        return _promise(value, shape, faults)
    if name == "revision":
        number = value.cast(pl.Int32, strict=False)
        faults.add(value.is_not_null() & (number.is_null() | (number < 0)), "bad_field", value, name)
        return number
    faults.add(value.str.len_chars() > TEXT_LIMIT, "field_too_long", value, name)
    return value


def _promise(value: pl.Series, shape: Shape, faults: _Faults) -> pl.Series:
    day_only = value.str.contains(r"^\d{4}-\d{2}-\d{2}$").fill_null(False)  # it holds until the end of that day
    at, _ = instants((value + "T23:59:59").zip_with(day_only, value), "", shape.zone)
    faults.add(value.is_not_null() & at.is_null(), "bad_time", value, "promised_at")
    stamps = at.to_physical()
    faults.add((stamps < EARLIEST) | (stamps > LATEST_PROMISE), "time_out_of_range", value, "promised_at")
    return at


def _number(value: pl.Series, name: str, shape: Shape, faults: _Faults) -> pl.Series:
    """A quantity or amount as plain decimal text."""
    if shape.mapping.decimal == ",":
        value = value.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
    odd = value.filter(~value.str.contains(_PLAIN)).unique().to_list()
    if not odd:
        return value
    read = {text: reading.plain(text) for text in odd}
    mended = value.replace(list(read), list(read.values()))
    faults.add(value.is_not_null() & mended.is_null(), "bad_quantity" if name == "qty" else "bad_amount", value, name)
    return mended


def _lines(rows: pl.DataFrame, entry: Entry, shape: Shape, faults: _Faults) -> pl.Series | None:
    """The row as the one line of its event, or as one line per value of a list; None where the mapping names no line."""
    named = {str(name): given for name, given in entry.lines.items()}
    if not named or not len(rows):
        return None
    nothing = pl.repeat(None, len(rows), eager=True, dtype=pl.String)
    parts = [
        (_read(rows, one.name, named[one.name], shape, faults) if one.name in named else nothing).alias(one.name)
        for one in LINE.fields
    ]
    lists = [name for name, given in named.items() if given in shape.mapping.lists]
    if lists:
        return _spread(pl.DataFrame(parts), lists)
    return pl.DataFrame(parts).to_struct("lines").reshape((-1, 1)).cast(EVENT["lines"])


def _spread(lines: pl.DataFrame, lists: list[str]) -> pl.Series:
    """One line per value of the lists; a row without a value has none."""
    names = [one.name for one in LINE.fields]
    each = lines.with_row_index("row").explode(lists).drop_nulls(lists)
    nested = each.group_by("row", maintain_order=True).agg(pl.struct(names).alias("lines"))
    return (
        lines.with_row_index("row")
        .select("row")
        .join(nested, on="row", how="left", maintain_order="left")["lines"]
        .cast(EVENT["lines"])
    )


def _read(rows: pl.DataFrame, name: str, given: str, shape: Shape, faults: _Faults) -> pl.Series:
    """A part of a line: one value per row, or a list of them."""
    return (
        _listed(rows, name, given, shape, TEXT_LIMIT, faults)
        if given in shape.mapping.lists
        else _field(rows, name, given, shape, faults)
    )


def _listed(rows: pl.DataFrame, name: str, given: str, shape: Shape, limit: int, faults: _Faults) -> pl.Series:
    """The values of a column of lists."""
    values = listed(rows[given], shape.mapping.lists[given])
    longest = values.list.eval(pl.element().str.len_chars()).list.max()
    faults.add(longest > limit, "key_too_long" if limit == KEY_LIMIT else "field_too_long", rows[given], name)
    return values


def _kept(rows: pl.DataFrame, names: tuple[str, ...]) -> pl.Series | None:
    """Columns that are kept unread, as JSON text."""
    return rows.select(pl.struct(names).struct.json_encode()).to_series() if names and len(rows) else None


def _mentions(rows: pl.DataFrame, items: pl.Series, entry: Entry, shape: Shape, faults: _Faults) -> pl.DataFrame:
    """The keys that the event names."""
    parts = []
    for kind, given in entry.keys.items():
        issuer = _value(rows, entry.issuers[kind]) if kind in entry.issuers else None
        if given in shape.mapping.lists:
            parts.append(_each(kind, _listed(rows, kind, given, shape, KEY_LIMIT, faults), items, issuer))
            continue
        value = _value(rows, given)
        faults.add(value.str.len_chars() > KEY_LIMIT, "key_too_long", value, kind)
        columns = {"item": items, "type": pl.repeat(kind, len(rows), eager=True), "value": value, "issuer": issuer}
        parts.append(reading.frame(MENTION, columns, len(rows)).filter(pl.col("value").is_not_null()))
    return pl.concat(parts) if parts else empty(MENTION)


def _each(kind: str, values: pl.Series, items: pl.Series, issuer: pl.Series | None) -> pl.DataFrame:
    """One key per value of each list."""
    found = pl.DataFrame({"item": items, "value": values}).with_columns(
        type=pl.lit(kind), issuer=pl.lit(None, pl.String) if issuer is None else issuer
    )
    return found.explode("value").drop_nulls("value").select(*MENTION)
