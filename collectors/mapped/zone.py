"""Local times of a file as instants.

A local time that the clock change skips becomes the first that exists, one that it repeats is the first of the two
(RULES 3.3.6).
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl

from app.model.event import INSTANT

_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[ T](\d{2}:\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?)?(?: ?([Zz]|[+-]\d{2}:?\d{2}))?$"


def instants(texts: pl.Series, layout: str, zone: str) -> tuple[pl.Series, pl.Series]:
    """(naive UTC, whether the text itself named its zone) of written times; null for what is no time.

    `layout` is a strptime format, or empty for ISO 8601.
    """
    if not layout:
        return _iso(texts, zone)
    told = "%z" in layout
    if told:
        aware = texts.str.to_datetime(layout, strict=False, time_zone="UTC", time_unit="us")
        return aware.dt.replace_time_zone(None), pl.repeat(True, len(texts), eager=True)
    local = texts.str.to_datetime(layout, strict=False, time_unit="us")
    return utc(local, zone), pl.repeat(False, len(texts), eager=True)


def _iso(texts: pl.Series, zone: str) -> tuple[pl.Series, pl.Series]:
    found = texts.str.extract_groups(_ISO).struct.unnest()
    day, minute, second, fraction, offset = found.get_columns()
    clock = minute.fill_null("00:00") + ":" + second.fill_null("00") + "." + fraction.fill_null("0")
    local = (day + " " + clock).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    told = offset.is_not_null()
    shifted = local - _offset(offset) if told.any() else local
    return utc(local.set(told, None), zone).zip_with(~told, shifted) if told.any() else utc(local, zone), told


def _offset(text: pl.Series) -> pl.Series:
    """The offset of a zone as a duration; `Z` is none."""
    found = text.str.extract_groups(r"^([+-])(\d{2}):?(\d{2})$").struct.unnest()
    sign, hours, minutes = found.get_columns()
    total = hours.cast(pl.Int64).fill_null(0) * 60 + minutes.cast(pl.Int64).fill_null(0)
    signed = total.zip_with((sign != "-").fill_null(True), -total)
    return (signed * 60_000_000).cast(pl.Duration("us"))


def utc(local: pl.Series, zone: str) -> pl.Series:
    """Naive UTC of naive local times."""
    placed = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    placed = placed.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    skipped = local.filter(placed.is_null() & local.is_not_null()).unique().to_list()
    if not skipped:
        return placed
    moved = local.replace_strict(skipped, [after_gap(at, zone) for at in skipped], default=None, return_dtype=INSTANT)
    return placed.fill_null(moved)


def after_gap(local: datetime, zone: str) -> datetime:
    """The first instant (naive UTC) after the clock change that skips `local`."""
    there = ZoneInfo(zone)
    early = local.replace(tzinfo=there, fold=1).astimezone(UTC)
    late = local.replace(tzinfo=there, fold=0).astimezone(UTC)
    before = early.astimezone(there).utcoffset()
    while late - early > timedelta(microseconds=1):
        middle = early + (late - early) / 2
        early, late = (middle, late) if middle.astimezone(there).utcoffset() == before else (early, middle)
    return late.replace(tzinfo=None)
