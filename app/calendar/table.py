"""Working time as a table: every interval of work with the work done before it, so that adding is a look-up.

Intervals are half-open: at opening time work runs, at closing time it does not. Work is counted in integer
microseconds, so nothing is ever rounded.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from app.calendar.hours import Hours
from app.calendar.zones import DAY, SECOND, Micros, micros
from app.errors import WrongUse

_DAY_ZERO = date(1970, 1, 1).toordinal()
_LONGEST_GAP = 370 * DAY


@dataclass(frozen=True, slots=True)
class Table:
    """The intervals of whole years. `done` is the work before each opening, with the total at its end.

    `days` are the wall days on which the intervals begin, `working` the same once each; `files` when files come.
    """

    years: tuple[int, int]
    opens: Micros
    closes: Micros
    days: Micros
    done: Micros
    working: Micros
    files: Micros

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
        at = np.searchsorted(self.working, days, side="left") + count
        last = len(self.working) - 1
        return np.where((at >= 0) & (at <= last), self.working[np.clip(at, 0, last)], -1)

    def opening(self, days: Micros) -> Micros:
        """When work begins on these working days."""
        answer: Micros = self.opens[np.minimum(np.searchsorted(self.days, days, side="left"), len(self.opens) - 1)]
        return answer

    def closing(self, days: Micros) -> Micros:
        """When work ends on these working days."""
        answer: Micros = self.closes[np.maximum(np.searchsorted(self.days, days, side="right") - 1, 0)]
        return answer

    def file(self, instants: Micros) -> tuple[Micros, NDArray[np.bool_]]:
        """The first file at or after these instants, and whether the table knows of one."""
        at = np.searchsorted(self.files, instants, side="left")
        some = at < len(self.files)
        return np.where(some, np.append(self.files, 0)[at], 0), some

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
            "Check `hours`, `closed`, `corrections` and `holidays`.",
        )
    done = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(closes - opens)))
    return Table((first, last), opens, closes, days, done, np.unique(days), _files(hours, first, last))


def _intervals(hours: Hours, first: int, last: int) -> tuple[Micros, Micros, Micros]:
    """Wall day, opening and closing of every window of every working day, in order.

    A window that a clock change swallows is none; one that begins before the night shift ends goes on from there.
    """
    start, count = date(first, 1, 1), (date(last + 1, 1, 1) - date(first, 1, 1)).days
    rows = [
        (_wall(day), begin, end)
        for day in (start + timedelta(days=n) for n in range(count))
        for begin, end in hours.windows(day)
    ]
    days, begins, ends = np.array(rows, dtype=np.int64).reshape(-1, 3).T
    opens = hours.zone.instant(days + begins * 60 * SECOND)
    closes = hours.zone.instant(days + ends * 60 * SECOND)
    before = np.maximum.accumulate(np.append(np.iinfo(np.int64).min, closes))[:-1]
    opens = np.maximum(opens, before)
    some = closes > opens
    return days[some], opens[some], closes[some]


def _files(hours: Hours, first: int, last: int) -> Micros:
    """When files come, in order and once each."""
    span = datetime(first, 1, 1), datetime(last + 1, 1, 1)
    walls = [micros(wall.replace(tzinfo=UTC)) for rule in hours.files for wall in rule.between(*span)]
    return np.unique(hours.zone.instant(np.array(walls, dtype=np.int64)))


def _wall(day: date) -> int:
    return (day.toordinal() - _DAY_ZERO) * DAY
