"""How many items came of each source, hour by hour of arrival, and whether that is as many as agreed."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import groupby

import polars as pl

from app.model.event import INSTANT
from app.store.hearing import EVERY, Agreed, Row, Rows, worked

#: Hours that are looked at one by one.
HOURS = 24
_HOUR = timedelta(hours=1)
_HOURLY = f"""{EVERY}
select source, hour, sum(accepted)::bigint as accepted, sum(duplicates)::bigint as duplicates, sum(rejected)::bigint as rejected
from counted where hour > $from_at and hour <= $now group by source, hour
"""
Hours = list[list[int]]


def hourly(rows: Rows, this_hour: datetime) -> dict[str, Hours]:
    """Source -> [accepted, duplicates, rejected] of each of the last hours, the oldest first."""
    first = this_hour - HOURS * _HOUR
    found: dict[str, Hours] = {}
    for row in rows(_HOURLY, {"from_at": first, "now": this_hour}):
        hours = found.setdefault(row["source"], [[0, 0, 0] for _ in range(HOURS)])
        place = int((row["hour"] - first).total_seconds()) // 3600 - 1
        hours[place] = [row["accepted"], row["duplicates"], row["rejected"]]
    return found


def volume(agreed: Agreed, code: str, hours: Hours, this_hour: datetime) -> Row | None:
    """How many of the last full working hours had fewer or more items than agreed; None where nothing was agreed.

    `newest` is the newest of these hours, `items` how many came in it, `off` whether they are `fewer` or `more`.
    """
    declared = agreed.declared.get(code)
    if declared is None or declared.expects.per_hour is None:
        return None
    least, most = declared.expects.per_hour
    begins = [this_hour - back * _HOUR for back in range(HOURS - 1, 0, -1)]
    items = [sum(hour) for hour in hours[:-1]] or [0] * len(begins)
    calendar = declared.expects.calendar
    full = [
        (at, n) for at, n in zip(begins, items, strict=True)
        if worked(agreed.clocks, calendar, at, at + _HOUR) == _HOUR
    ]  # fmt: skip
    below, above = sum(n < least for _, n in full), sum(n > most for _, n in full)
    newest, last = full[-1] if full else (None, 0)
    off = _off(last, least, most) if newest else ""
    told = {"newest": newest, "items": last, "off": off}
    return {"least": least, "most": most, "hours": len(full), "below": below, "above": above} | told


def outside(rows: Rows, agreed: Agreed, from_at: datetime, now: datetime) -> Iterator[Row]:
    """Every stretch of full working hours in which fewer or more items came than agreed, since a source was first heard.

    `source`, `off` (`fewer`, `more`), `began_at` and `ended_at`: the ends of the first and after the last of these hours
    (None: it is not over).
    """
    counts: dict[str, dict[datetime, int]] = {}
    for row in rows(_HOURLY, {"from_at": from_at, "now": now}):
        hour = counts.setdefault(row["source"], {})
        hour[row["hour"]] = sum(row[name] for name in ("accepted", "duplicates", "rejected"))
    for code, declared in agreed.declared.items():
        if declared.expects.per_hour and code in counts:
            full = _full(agreed, declared.expects.calendar, min(counts[code]), now)
            told = [(at, _off(counts[code].get(at, 0), *declared.expects.per_hour)) for at in full]
            yield from ({"source": code} | one for one in _stretches(told))


def _full(agreed: Agreed, calendar: str, first: datetime, now: datetime) -> list[datetime]:
    """The hours that are over and in which one works from end to end."""
    last = now.replace(minute=0, second=0, microsecond=0) - _HOUR
    begins = pl.datetime_range(first, last, _HOUR, time_unit="us", eager=True).cast(INSTANT)
    took = agreed.clocks.elapsed(begins, begins + _HOUR, pl.Series([calendar] * len(begins), dtype=pl.String))
    return begins.filter(took == _HOUR).to_list()


def _off(items: int, least: int, most: int) -> str:
    return "fewer" if items < least else "more" if items > most else ""


def _stretches(told: list[tuple[datetime, str]]) -> Iterator[Row]:
    runs = [(off, [at for at, _ in run]) for off, run in groupby(told, key=lambda one: one[1])]
    after = [run[0] + _HOUR for _, run in runs[1:]] + [None]
    return (
        {"off": off, "began_at": run[0], "ended_at": end} for (off, run), end in zip(runs, after, strict=True) if off
    )
