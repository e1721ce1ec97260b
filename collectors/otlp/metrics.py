"""Data points of the metrics that speak of interfaces; the rest is counted."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import polars as pl

from app.model.event import METRIC, Rejection, empty
from app.model.interfaces import AT, FAILED, FAULT, METRICS, OPERATIONS, SECONDS, STATUS
from collectors import reading
from collectors.otlp.config import Names
from collectors.otlp.events import SERVICES
from collectors.otlp.rows import BUCKETS_LIMIT, Found, Part, PointRow, code, json_text
from collectors.reading import TEXT_LIMIT, off_range

#: Beyond these nothing is believed: so many calls, so many seconds or waiting messages. No comparison holds for NaN.
_COUNTS, _NUMBERS = 2**53, 1e15
_NOTHING = empty(METRIC)
_OPERATION = "messaging.operation.type"


class Kept(NamedTuple):
    """A data point that is kept: its item, who sent it, on which side of what."""

    item: int
    source: str
    side: str
    interface: str
    series: str
    row: PointRow
    seconds: float


def of_points(found: Found, names: Names, fallback: str, received: int) -> tuple[pl.DataFrame, int]:
    """The frame of metrics, and how many data points are of no interface. What cannot be is a rejection."""
    kept, others = [], 0
    wanted = METRICS | {name: (side, "s") for name, side in names.metrics.items()}
    known = {name: one for name, one in wanted.items() if names.metrics.get(name) != ""}
    for part in found.points:
        source = code(part.service, SERVICES, fallback)
        for item, row in zip(part.items, part.rows, strict=True):
            one = _kept(item, source, part, row, known)
            if one is None:
                others += 1
            elif fault := _fault(row, received):
                found.rejections.append(Rejection(item, *fault, excerpt=row.name[:200]))
            else:
                kept.append(one)
    return (_frame(kept) if kept else _NOTHING), others


def _kept(
    item: int, source: str, part: Part[PointRow], row: PointRow, known: Mapping[str, tuple[str, str]]
) -> Kept | None:
    """The point with its side and place; None for what speaks of no interface, or not in that form."""
    if row.name not in known:
        return None
    side, unit = known[row.name]
    side = side or OPERATIONS.get(str(row.attrs.get(_OPERATION)), "client")
    seconds = SECONDS.get(row.unit or unit)
    if (row.value is None) if side == "queue" else (row.counted is None or seconds is None):
        return None
    said = part.described | row.attrs
    interface = next((str(said[name])[:TEXT_LIMIT] for name in AT[side] if said.get(name) not in (None, "")), "")
    return Kept(item, source, side, interface, _series(source, part, row), row, seconds or 1.0)


def _series(source: str, part: Part[PointRow], row: PointRow) -> str:
    """Which count this is: the same sender, metric and attributes go on where the point before stood."""
    said = (
        source,
        json_text(dict(sorted(part.described.items()))),
        row.name,
        json_text(dict(sorted(row.attrs.items()))),
    )
    return hashlib.blake2b("\n".join(map(str, said)).encode("utf-8", "replace"), digest_size=12).hexdigest()


def _fault(row: PointRow, received: int) -> tuple[str, str] | None:
    for name, at in (("time", row.at), ("start", row.started or row.at)):
        if why := off_range(at // 1000, received):
            return "time_out_of_range", f"{name}: {at} ns. {why}"
    numbers = (row.value, row.total, row.most, *row.bounds)
    counts = (row.counted or 0, *row.buckets)
    sound = all(one is None or abs(one) < _NUMBERS for one in numbers) and all(0 <= one < _COUNTS for one in counts)
    return None if sound else ("bad_point", "A count is none, or a number is no number.")


def _failed(attrs: Mapping[str, Any]) -> bool:
    status = next((text for name in STATUS if (text := str(attrs.get(name, "")))), "")
    return bool(attrs.get(FAILED)) or (
        status.isascii() and status.isdecimal() and len(status) == 3 and int(status) >= FAULT
    )


def _frame(kept: list[Kept]) -> pl.DataFrame:
    rows = [one.row for one in kept]
    whole = [len(row.buckets) == len(row.bounds) + 1 and len(row.bounds) <= BUCKETS_LIMIT for row in rows]
    columns: dict[str, Any] = {
        "item": [one.item for one in kept],
        "source": [one.source for one in kept],
        "interface": [one.interface for one in kept],
        "side": [one.side for one in kept],
        "name": [row.name for row in rows],
        "series": [one.series for one in kept],
        "delta": [row.delta for row in rows],
        "failed": [_failed(row.attrs) for row in rows],
        "started_at": [(row.started or row.at) // 1000 for row in rows],
        "ended_at": [row.at // 1000 for row in rows],
        "count": [row.counted for row in rows],
        "total": [_times(row.total, one.seconds) for one, row in zip(kept, rows, strict=True)],
        "most": [_times(row.most, one.seconds) for one, row in zip(kept, rows, strict=True)],
        "bounds": [
            [bound * one.seconds for bound in row.bounds] if fits else []
            for one, row, fits in zip(kept, rows, whole, strict=True)
        ],
        "buckets": [row.buckets if fits else [] for row, fits in zip(rows, whole, strict=True)],
        "value": [row.value for row in rows],
    }
    return reading.frame(METRIC, columns, len(rows))


def _times(number: float | None, seconds: float) -> float | None:
    return None if number is None else number * seconds
