"""All calendars of an installation behind the one question that rules ask: when is this much working time over?

The name "" means elapsed time, every hour of every day. A name that was never declared means `default` if that
was declared, and otherwise elapsed time: until a calendar is declared, every hour works.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from importlib.metadata import version
from threading import Lock

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.calendar.hours import hours
from app.calendar.table import Table, table
from app.calendar.zones import DAY, EPOCH, FIRST, LAST, SECOND, Micros, Zone, micros
from app.errors import WrongUse
from app.model.event import INSTANT
from app.settings import Calendar

#: The last microsecond that can be written; a promise for the year 9999 has a day's end too.
_END = micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=EPOCH.tzinfo))
_LAST_YEAR = 2400
_RANGE = micros(FIRST) + 2 * DAY, micros(LAST)


class Calendars:
    """The declared calendars; safe to ask from several threads. Raises WrongUse for one that cannot be kept."""

    def __init__(self, declared: Mapping[str, Calendar]) -> None:
        """Read the calendars of the configuration; every one is tried at once, so that faults show at start."""
        self._hours = {name: hours(name, said) for name, said in declared.items()}
        self._tables: dict[str, Table] = {}
        self._lock = Lock()
        self.fingerprint = _fingerprint(declared)
        for name, one in self._hours.items():
            years = [day.year for day in one.closed] or [2026]
            self._grown(name, min(years), max(years))

    def add(self, starts: pl.Series, seconds: pl.Series, calendars: pl.Series) -> pl.Series:
        """When `seconds` of working time after each start are over; what uses up a day is due at closing time.

        A start while nobody works counts from the next opening. Negative seconds walk backwards.
        """
        amount = (seconds.cast(pl.Float64) * SECOND).round().fill_null(0).cast(pl.Int64).to_numpy()
        instants = _micros(starts)
        due = instants + amount
        for name, rows in self._by_calendar(calendars, instants):
            due[rows] = self._added(name, instants[rows], amount[rows])
        return _series(starts.name, due, starts.is_null() | seconds.is_null())

    def add_days(self, starts: pl.Series, days: pl.Series, calendars: pl.Series) -> pl.Series:
        """The same wall time that many working days later; 0 days is the start itself.

        A start while nobody works counts from the next opening. Elapsed time takes days of the zone UTC.
        """
        count = days.fill_null(0).cast(pl.Int64).to_numpy()
        instants = _micros(starts)
        due = instants + count * DAY
        for name, rows in self._by_calendar(calendars, instants):
            due[rows] = self._days_added(name, instants[rows], count[rows])
        return _series(starts.name, due, starts.is_null() | days.is_null())

    def elapsed(self, starts: pl.Series, ends: pl.Series, calendars: pl.Series) -> pl.Series:
        """Working time between two instants as durations; zero when the end is not after the start."""
        one, other = _micros(starts), _micros(ends)
        took = other - one
        for name, rows in self._by_calendar(calendars, one):
            grown = self._reaching(name, one[rows], other[rows])
            took[rows] = grown.work(other[rows]) - grown.work(one[rows])
        took = np.maximum(took, 0)
        nulls = starts.is_null() | ends.is_null()
        return pl.Series(starts.name, took).cast(pl.Duration("us")).set(nulls, None)

    def is_open(self, instants: pl.Series, calendars: pl.Series) -> pl.Series:
        """Whether somebody works at each instant."""
        at = _micros(instants)
        answer = np.ones(len(at), dtype=np.bool_)
        for name, rows in self._by_calendar(calendars, at):
            answer[rows] = self._reaching(name, at[rows], at[rows]).is_open(at[rows])
        return pl.Series(instants.name, answer).set(instants.is_null(), None)

    def periods(self, calendar: str, after: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """The next open periods, naive UTC, the first one clipped at `after`; none for elapsed time."""
        name, at = self.known(calendar), np.array([micros(after.replace(tzinfo=EPOCH.tzinfo))], dtype=np.int64)
        if not name:
            return []
        grown = self._reaching(name, at, at)
        first = int(np.searchsorted(grown.closes, at[0], side="right"))
        both = np.maximum(grown.opens[first : first + count], at[0]), grown.closes[first : first + count]
        opens, closes = (_series("", side, None).to_list() for side in both)
        return list(zip(opens, closes, strict=True))

    def end_of_day(self, instants: pl.Series, zone: str) -> pl.Series:
        """The last microsecond of the local calendar day of each instant."""
        local, at = Zone.named(zone), _micros(instants)
        end = local.instant((local.wall(at) // DAY + 1) * DAY) - 1
        # Where a clock goes back over midnight an evening comes twice: its day never ends before the instant.
        return _series(instants.name, np.minimum(np.maximum(end, at), _END), instants.is_null())

    def known(self, calendar: str) -> str:
        """The calendar that a name stands for, "" for elapsed time."""
        if calendar in self._hours or not calendar:
            return calendar
        return "default" if "default" in self._hours else ""

    def _by_calendar(self, calendars: pl.Series, at: Micros) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Each calendar in use with the rows on it. Instants outside 1970 to 2100 are left to elapsed time."""
        sane = (at >= _RANGE[0]) & (at < _RANGE[1])
        named = calendars.fill_null("")
        for name in named.unique():
            if known := self.known(name):
                rows = sane & (named == name).to_numpy()
                if rows.any():
                    yield known, rows

    def _added(self, name: str, starts: Micros, amount: Micros) -> Micros:
        def due(grown: Table) -> tuple[Micros, bool]:
            work = grown.work(starts) + amount
            return grown.when(work, amount > 0), bool(work.min() >= 0 and work.max() < grown.done[-1])

        return self._enough(name, starts, due)

    def _days_added(self, name: str, starts: Micros, count: Micros) -> Micros:
        zone = self._hours[name].zone

        def due(grown: Table) -> tuple[Micros, bool]:
            moved, day = grown.next_open(starts)
            later = grown.day_after(day, count)
            wall = later + zone.wall(moved) - day
            return np.where(count == 0, starts, zone.instant(wall)), bool(later.min() >= 0)

        return self._enough(name, starts, due)

    def _enough(self, name: str, starts: Micros, due: Callable[[Table], tuple[Micros, bool]]) -> Micros:
        """What `due` gives from a table that is long enough for it, which grows until it is."""
        grown, years = self._reaching(name, starts, starts), 2
        while True:
            answer, whole = due(grown)
            if whole:
                return answer
            years *= 2
            if grown.years[1] + years > _LAST_YEAR:
                raise WrongUse(f"calendars.{name}: has too few hours for this target", "Give it more open hours.")
            grown = self._grown(name, grown.years[0] - years, grown.years[1] + years)

    def _reaching(self, name: str, low: Micros, high: Micros) -> Table:
        return self._grown(name, _year(int(low.min())), _year(int(np.minimum(high, _RANGE[1]).max())))

    def _grown(self, name: str, first: int, last: int) -> Table:
        """The table of a calendar, from the year before `first` to two years after `last` at least."""
        with self._lock:
            have = self._tables.get(name)
            if have and have.years[0] < first and have.years[1] > last + 1:
                return have
            old = have.years if have else (first, last)
            self._tables[name] = table(self._hours[name], min(first - 1, old[0]), max(last + 2, old[1]))
            return self._tables[name]


def _year(at: int) -> int:
    return 1970 + at // (365 * DAY + DAY // 4)


def _micros(instants: pl.Series) -> Micros:
    return instants.cast(INSTANT).fill_null(EPOCH.replace(tzinfo=None)).cast(pl.Int64).to_numpy().copy()


def _series(name: str, at: Micros, nulls: pl.Series | None) -> pl.Series:
    made = pl.Series(name, np.minimum(at, _END)).cast(INSTANT)
    return made if nulls is None else made.set(nulls, None)


def _fingerprint(declared: Mapping[str, Calendar]) -> str:
    """Changes with every calendar, and with the edition of the holiday data when one of them uses it."""
    told = [f"{name}={said.model_dump_json()}" for name, said in sorted(declared.items())]
    edition = version("holidays") if any(said.holidays for said in declared.values()) else ""
    return hashlib.sha256("\n".join([edition, *told]).encode()).hexdigest()[:16]
