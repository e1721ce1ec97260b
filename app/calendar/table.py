"""Working time as a table: every interval of work with the work done before it, so that adding is a look-up.

Intervals are half-open: at opening time work runs, at closing time it does not. Work is counted in integer
microseconds, so nothing is ever rounded.
"""

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from app.calendar.hours import Hours
from app.calendar.zones import DAY, SECOND, Micros
from app.errors import WrongUse

_DAY_ZERO = date(1970, 1, 1).toordinal()
_LONGEST_GAP = 370 * DAY


@dataclass(frozen=True, slots=True)
class Table:
    """The intervals of whole years. `done` is the work before each opening, with the total at its end."""

    years: tuple[int, int]
    opens: Micros
    closes: Micros
    days: Micros
    done: Micros

    def work(self, instants: Micros) -> Micros:
        """How much work was done by these instants."""
        at = np.maximum(np.searchsorted(self.opens, instants, side="right") - 1, 0)
        inside = np.clip(instants, self.opens[at], self.closes[at]) - self.opens[at]
        answer: Micros = self.done[at] + inside
        return answer

    def when(self, work: Micros, forward: NDArray[np.bool_]) -> Micros:
        """The instant at which that much work is done.

        Work that ends with a day ends at closing time when looking forward, and at the next opening otherwise.
        """
        closing = np.searchsorted(self.done, work, side="left") - 1
        opening = np.searchsorted(self.done, work, side="right") - 1
        at = np.clip(np.where(forward, closing, opening), 0, len(self.opens) - 1)
        answer: Micros = self.opens[at] + work - self.done[at]
        return answer

    def next_open(self, instants: Micros) -> tuple[Micros, Micros]:
        """The instants, moved to the next opening where nobody works, and the wall day on which that is."""
        at = np.minimum(np.searchsorted(self.closes, instants, side="right"), len(self.opens) - 1)
        return np.maximum(instants, self.opens[at]), self.days[at]

    def day_after(self, days: Micros, count: Micros) -> Micros:
        """The working day that many working days after these; -1 where it lies beyond the table."""
        working = np.unique(self.days)
        at = np.searchsorted(working, days, side="left") + count
        return np.where((at >= 0) & (at < len(working)), working[np.clip(at, 0, len(working) - 1)], -1)

    def is_open(self, instants: Micros) -> NDArray[np.bool_]:
        """Whether somebody works at these instants."""
        at = np.maximum(np.searchsorted(self.opens, instants, side="right") - 1, 0)
        return (self.opens[at] <= instants) & (instants < self.closes[at])


def table(hours: Hours, first: int, last: int) -> Table:
    """The working intervals of the years `first` to `last`; refuses a calendar that is closed for 370 days."""
    days, opens, closes = _intervals(hours, first, last)
    edge = np.array([_wall(date(last, 12, 31)) + DAY], dtype=np.int64)
    gaps = np.diff(np.concatenate((opens, edge)), prepend=_wall(date(first, 1, 1)))
    if not len(opens) or gaps.max() > _LONGEST_GAP:
        raise WrongUse(
            f"calendars.{hours.name}: is closed for more than 370 days between {first} and {last}",
            "Check `hours`, `closed` and `holidays`.",
        )
    done = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(closes - opens)))
    return Table((first, last), opens, closes, days, done)


def _intervals(hours: Hours, first: int, last: int) -> tuple[Micros, Micros, Micros]:
    """Wall day, opening and closing of every window of every working day, in order; windows a change swallows go."""
    off = hours.days_off(range(first, last + 1))
    start, count = date(first, 1, 1), (date(last + 1, 1, 1) - date(first, 1, 1)).days
    rows = [
        (_wall(day), begin, end)
        for day in (start + timedelta(days=n) for n in range(count))
        if day not in off
        for begin, end in hours.week[day.weekday()]
    ]
    days, begins, ends = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    opens = hours.zone.instant(days + begins * 60 * SECOND)
    closes = hours.zone.instant(days + ends * 60 * SECOND)
    some = closes > opens
    return days[some], opens[some], closes[some]


def _wall(day: date) -> int:
    return (day.toordinal() - _DAY_ZERO) * DAY
