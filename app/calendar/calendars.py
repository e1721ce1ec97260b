"""All calendars of an installation behind the questions that rules ask: when is this much working time over?

The name "" means elapsed time, every hour of every day. A name that was never declared means `default` if that
was declared, and otherwise elapsed time: until a calendar is declared, every hour works. A name means its newest
version with all corrections; `in_force` gives the names under which a clock finds its own.
"""

import hashlib
from collections import ChainMap
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from importlib.metadata import version

import numpy as np
import polars as pl
from numpy.typing import NDArray

from app.calendar.states import RUNNING, States, states
from app.calendar.table import Table
from app.calendar.tables import RANGE, Tables
from app.calendar.zones import DAY, EPOCH, SECOND, Micros, Zone, micros
from app.model.event import INSTANT
from app.settings import Calendar

#: The last microsecond that can be written; a promise for the year 9999 has a day's end too.
_END = micros(datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=EPOCH.tzinfo))
_MINUTE, _MONDAY = 60 * SECOND, 3
Rows = NDArray[np.bool_]
#: name -> what a calendar said before, each with the instant (naive UTC) at which that was over, the oldest first.
Former = Mapping[str, Sequence[tuple[datetime, Calendar | None]]]


class Calendars:
    """The declared calendars; safe to ask from several threads. Raises WrongUse for one that cannot be kept."""

    def __init__(self, declared: Mapping[str, Calendar]) -> None:
        """Read the calendars of the configuration; every one is tried at once, so that faults show at start."""
        self._states = {name: states(name, said) for name, said in declared.items()}
        self._newest = {name: one.newest for name, one in self._states.items()}
        self._tables = Tables({key: hours for one in self._states.values() for key, hours in one.hours.items()})
        self.fingerprint = _fingerprint(declared)
        self._former: dict[str, list[tuple[int, States | None]]] = {}
        for one in self._states.values():
            for name in one.names[:, -1]:
                self._tables.tried(name)

    def remember(self, former: Former) -> None:
        """What calendars said before: clocks that had ended by then go by it (None: the calendar was not declared)."""
        self._former = {
            name: [
                (micros(until.replace(tzinfo=EPOCH.tzinfo)), states(name, said) if said else None)
                for until, said in editions
            ]
            for name, editions in former.items()
        }
        known = (one.hours for editions in self._former.values() for _, one in editions if one)
        self._tables.hours = dict(ChainMap(*known, dict(self._tables.hours)))

    def in_force(self, calendars: pl.Series, starts: pl.Series, ends: pl.Series) -> pl.Series:
        """The names that count for clocks from start to end: the version of the start, corrected until the end.

        A clock without an end takes every correction. Names stay as they are where no calendar ever changes.
        """
        if not self._former and not any(one.names.size > 1 for one in self._states.values()):
            return calendars
        begun, ended = _micros(starts), ends.cast(INSTANT).cast(pl.Int64).fill_null(RUNNING).to_numpy()
        named = calendars.fill_null("")
        found = named.to_numpy().astype(object)
        for name in named.unique():
            if name:
                rows = (named == name).to_numpy()
                found[rows] = self._named(name, begun[rows], ended[rows])
        return pl.Series(calendars.name, found, dtype=pl.String)

    def _named(self, name: str, begun: Micros, ended: Micros) -> NDArray[np.object_]:
        """The states of one calendar that count for clocks; "" is elapsed time."""
        found = self._said(self._states.get(name), name, begun, ended)
        for until, one in reversed(self._former.get(name, [])):
            rows = ended < until
            found[rows] = self._said(one, name, begun[rows], ended[rows])
        return found

    def _said(self, one: States | None, name: str, begun: Micros, ended: Micros) -> NDArray[np.object_]:
        """What a calendar says; where it is not declared, `default` serves, and where that is not, elapsed time."""
        if one:
            return one.name(begun, ended)
        return np.full(len(begun), "", dtype=object) if name == "default" else self._named("default", begun, ended)

    def versions(self, calendars: pl.Series) -> pl.Series:
        """The name and a short hash of what each calendar says, as it is kept with a Due; "" for elapsed time."""
        named = calendars.fill_null("")
        told = {name: self.known(name) for name in named.unique()}
        return named.replace_strict(told, return_dtype=pl.String)

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

    def subtract(self, ends: pl.Series, seconds: pl.Series, calendars: pl.Series) -> pl.Series:
        """The latest instant from which `seconds` of working time lie before each end; a whole day back is its opening."""
        return self.add(ends, -seconds, calendars)

    def add_days(self, starts: pl.Series, days: pl.Series, calendars: pl.Series) -> pl.Series:
        """The same wall time that many working days later; 0 days is the start itself.

        A start while nobody works counts from the next opening. Elapsed time takes days of the zone UTC.
        """
        count = _count(days)
        instants = _micros(starts)
        due = instants + count * DAY
        for name, rows in self._by_calendar(calendars, instants):
            due[rows] = self._days_added(name, instants[rows], count[rows])
        return _series(starts.name, due, starts.is_null() | days.is_null())

    def closing(self, starts: pl.Series, days: pl.Series, calendars: pl.Series) -> pl.Series:
        """Closing time of the working day of each start, or that many working days later.

        A start while nobody works belongs to the day of the next opening. Elapsed time closes at midnight UTC.
        """
        count, instants = _count(days), _micros(starts)
        due = (instants // DAY + 1 + count) * DAY
        for name, rows in self._by_calendar(calendars, instants):
            due[rows] = self._closed(name, instants[rows], count[rows])
        return _series(starts.name, due, starts.is_null() | days.is_null())

    def next_opening(self, instants: pl.Series, calendars: pl.Series) -> pl.Series:
        """The instants themselves while somebody works, and the next opening otherwise."""
        at = _micros(instants)
        due = at.copy()
        for name, rows in self._by_calendar(calendars, at):
            due[rows] = self._reaching(name, at[rows]).next_open(at[rows])[0]
        return _series(instants.name, due, instants.is_null())

    def cut_off(self, instants: pl.Series, calendars: pl.Series, minutes: pl.Series | None = None) -> pl.Series:
        """From when each instant counts: its opening, or from the cut-off on the opening of the next working day.

        `minutes` after midnight are the cut-off where a calendar has none, in elapsed time on days of UTC.
        """
        at = _micros(instants)
        given = np.full(len(at), -1) if minutes is None else minutes.cast(pl.Int64).fill_null(-1).to_numpy()
        due = np.where((given >= 0) & (at % DAY >= given * _MINUTE), (at // DAY + 1) * DAY, at)
        for name, rows in self._by_calendar(calendars, at):
            due[rows] = self._cut_off(name, at[rows], given[rows])
        return _series(instants.name, due, instants.is_null())

    def next_file(self, instants: pl.Series, calendars: pl.Series) -> pl.Series:
        """When the first file comes at or after each instant; none where none comes within a year.

        A calendar without file windows, and elapsed time, can have a file at any instant.
        """
        at = _micros(instants)
        due, never = at.copy(), np.zeros(len(at), dtype=np.bool_)
        for name, rows in self._by_calendar(calendars, at):
            if self._tables.hours[name].files:
                due[rows], some = self._reaching(name, at[rows]).file(at[rows])
                never[rows] = ~some
        return _series(instants.name, due, instants.is_null() | pl.Series(never))

    def elapsed(self, starts: pl.Series, ends: pl.Series, calendars: pl.Series) -> pl.Series:
        """Working time between two instants as durations; zero when the end is not after the start."""
        one, other = _micros(starts), _micros(ends)
        took = other - one
        for name, rows in self._by_calendar(calendars, one):
            grown = self._tables.reaching(name, one[rows], other[rows])
            took[rows] = grown.work(other[rows]) - grown.work(one[rows])
        took = np.maximum(took, 0)
        nulls = starts.is_null() | ends.is_null()
        return pl.Series(starts.name, took).cast(pl.Duration("us")).set(nulls, None)

    def is_open(self, instants: pl.Series, calendars: pl.Series) -> pl.Series:
        """Whether somebody works at each instant."""
        at = _micros(instants)
        answer = np.ones(len(at), dtype=np.bool_)
        for name, rows in self._by_calendar(calendars, at):
            answer[rows] = self._reaching(name, at[rows]).is_open(at[rows])
        return pl.Series(instants.name, answer).set(instants.is_null(), None)

    def periods(self, calendar: str, after: datetime, count: int) -> list[tuple[datetime, datetime]]:
        """The next open periods, naive UTC, the first one clipped at `after`; none for elapsed time."""
        name, at = self.known(calendar), np.array([micros(after.replace(tzinfo=EPOCH.tzinfo))], dtype=np.int64)
        if not name:
            return []
        grown = self._reaching(name, at)
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
        """The state of the calendar that a name stands for, "" for elapsed time."""
        if calendar in self._tables.hours or not calendar:
            return calendar
        return self._newest.get(calendar) or self._newest.get("default", "")

    def _by_calendar(self, calendars: pl.Series, at: Micros) -> Iterator[tuple[str, Rows]]:
        """Each calendar in use with the rows on it. Instants outside 1970 to 2100 are left to elapsed time."""
        sane = (at >= RANGE[0]) & (at < RANGE[1])
        named = calendars.fill_null("")
        for name in named.unique():
            if known := self.known(name):
                rows = sane & (named == name).to_numpy()
                if rows.any():
                    yield known, rows

    def _reaching(self, name: str, at: Micros) -> Table:
        return self._tables.reaching(name, at, at)

    def _added(self, name: str, starts: Micros, amount: Micros) -> Micros:
        def due(grown: Table) -> tuple[Micros, bool]:
            work = grown.work(starts) + amount
            return grown.when(work, amount > 0), bool(work.min() >= 0 and work.max() < grown.done[-1])

        return self._tables.enough(name, starts, due)

    def _days_added(self, name: str, starts: Micros, count: Micros) -> Micros:
        zone = self._tables.hours[name].zone

        def due(grown: Table) -> tuple[Micros, bool]:
            moved, day = grown.next_open(starts)
            later = grown.day_after(day, count)
            wall = later + zone.wall(moved) - day
            return np.where(count == 0, starts, zone.instant(wall)), bool(later.min() >= 0)

        return self._tables.enough(name, starts, due)

    def _closed(self, name: str, starts: Micros, count: Micros) -> Micros:
        def due(grown: Table) -> tuple[Micros, bool]:
            later = grown.day_after(grown.next_open(starts)[1], count)
            return grown.closing(later), bool(later.min() >= 0)

        return self._tables.enough(name, starts, due)

    def _cut_off(self, name: str, at: Micros, given: Micros) -> Micros:
        hours, grown = self._tables.hours[name], self._reaching(name, at)
        moved, day = grown.next_open(at)
        own = np.array([-1 if limit is None else limit for limit in hours.cutoffs])[(day // DAY + _MONDAY) % 7]
        limit = np.where(own < 0, given, own)
        late = (limit >= 0) & (at >= hours.zone.instant(day + limit * _MINUTE))
        return np.where(late, grown.opening(grown.day_after(day, np.ones_like(day))), moved)


def _count(days: pl.Series) -> Micros:
    return days.fill_null(0).cast(pl.Int64).to_numpy()


def _micros(instants: pl.Series) -> Micros:
    return instants.cast(INSTANT).fill_null(EPOCH.replace(tzinfo=None)).cast(pl.Int64).to_numpy().copy()


def _series(name: str, at: Micros, nulls: pl.Series | None) -> pl.Series:
    made = pl.Series(name, np.minimum(at, _END)).cast(INSTANT)
    return made if nulls is None else made.set(nulls, None)


def _fingerprint(declared: Mapping[str, Calendar]) -> str:
    """Changes with every calendar, and with the edition of the holiday data when one of them uses it."""
    told = [f"{name}={said.model_dump_json()}" for name, said in sorted(declared.items())]
    public = any(one.holidays for said in declared.values() for one in (said, *said.changes))
    return hashlib.sha256("\n".join([version("holidays") if public else "", *told]).encode()).hexdigest()[:16]
