"""The tables of all states of all calendars: made when first asked for, and grown to the years that are asked about."""

from collections.abc import Callable, Mapping
from threading import Lock
from typing import TypeVar

import numpy as np

from app.calendar.hours import Hours
from app.calendar.table import Table, table
from app.calendar.zones import DAY, FIRST, LAST, Micros, micros
from app.errors import WrongUse

#: Instants outside are left to elapsed time.
RANGE = micros(FIRST) + 2 * DAY, micros(LAST)
_EARLIEST, _LATEST, _LAST_YEAR = FIRST.year, LAST.year, 2400
_T = TypeVar("_T")


class Tables:
    """Tables by the name of a state; safe to ask from several threads."""

    def __init__(self, hours: Mapping[str, Hours]) -> None:
        self.hours = hours
        self._tables: dict[str, Table] = {}
        self._lock = Lock()

    def reaching(self, name: str, low: Micros, high: Micros) -> Table:
        """A table from the year before the least instant to two years after the greatest, at least."""
        return self.grown(name, _year(int(low.min())), _year(int(np.minimum(high, RANGE[1]).max())))

    def enough(self, name: str, starts: Micros, answer: Callable[[Table], tuple[_T, bool]]) -> _T:
        """What `answer` gives from a table that is long enough for it, which grows until it says so."""
        grown, years = self.reaching(name, starts, starts), 2
        while True:
            found, whole = answer(grown)
            if whole:
                return found
            years *= 2
            if grown.years[1] + years > _LAST_YEAR:
                where = f"calendars.{self.hours[name].name}"
                raise WrongUse(f"{where}: has too few hours for this target", "Give it more open hours.")
            grown = self.grown(name, grown.years[0] - years, grown.years[1] + years)

    def grown(self, name: str, first: int, last: int) -> Table:
        """The table of a calendar, from the year before `first` to two years after `last` at least."""
        with self._lock:
            have = self._tables.get(name)
            if have and have.years[0] < first and have.years[1] > last + 1:
                return have
            old = have.years if have else (first, last)
            self._tables[name] = table(self.hours[name], min(first - 1, old[0]), max(last + 2, old[1]))
            return self._tables[name]

    def tried(self, name: str) -> None:
        """Make the table for the years in which anything special happens, so that faults show at start."""
        years = [day.year for day in self.hours[name].dates if _EARLIEST < day.year < _LATEST] or [2026]
        self.grown(name, min(years), max(years))


def _year(at: int) -> int:
    return 1970 + at // (365 * DAY + DAY // 4)
