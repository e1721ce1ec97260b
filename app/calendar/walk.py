"""Working time told as a person would: from day to day, one instant at a time, with the zone data as it stands.

Slow, plain, and made of nothing that the tables are made of: what they say is measured against it, in the laws of
the tests and in the benchmark. All instants are naive UTC.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import count
from zoneinfo import ZoneInfo

from app.calendar.hours import Hours

_DAY, _SECOND, _MINUTE = timedelta(days=1), timedelta(seconds=1), timedelta(minutes=1)
#: Of a working day: its date, and one opening with its closing.
Period = tuple[date, datetime, datetime]


@dataclass(frozen=True)
class Walk:
    """The hours of one calendar, walked through. Every walk ends where the table of the calendar would refuse it."""

    hours: Hours

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.hours.zone.name)

    def instant(self, wall: datetime) -> datetime:
        """The instant of a wall time: the first if it comes twice, the next that exists if it never comes."""
        found = wall.replace(tzinfo=self._zone).astimezone(UTC)
        if self._shown(found) == wall:
            return found.replace(tzinfo=None)
        low, high = wall.replace(tzinfo=self._zone, fold=1).astimezone(UTC), found
        while high - low > _SECOND:
            middle = (low + (high - low) // 2).replace(microsecond=0)
            low, high = (low, middle) if self._shown(middle) > wall else (middle, high)
        return high.replace(tzinfo=None)

    def day(self, on: date) -> list[Period]:
        """The periods of work that begin on a day; the night shift of the day before goes first."""
        nights = [close for _, close in self._written(on - _DAY)]
        clipped = [(max([begin, *nights]), close) for begin, close in self._written(on)]
        return [(on, begin, close) for begin, close in clipped if begin < close]

    def after(self, start: datetime) -> Iterator[Period]:
        """The periods that are not over at an instant, in order."""
        first = start.date() - 3 * _DAY
        return (one for n in count() for one in self.day(first + n * _DAY) if one[2] > start)

    def before(self, end: datetime) -> Iterator[Period]:
        """The periods that have begun before an instant, the last one first."""
        last = end.date() + 2 * _DAY
        return (one for n in count() for one in reversed(self.day(last - n * _DAY)) if one[1] < end)

    def add(self, start: datetime, work: timedelta) -> datetime:
        """When the work is done: use up what is open, day by day."""
        if work < timedelta(0):
            return self._back(start, -work)
        for _, opening, close in self.after(start):
            begin = max(opening, start)
            if work <= close - begin:
                return begin + work
            work -= close - begin
        raise AssertionError("days do not end")

    def elapsed(self, start: datetime, end: datetime) -> timedelta:
        """The work between two instants."""
        took = timedelta(0)
        for _, begin, close in self.after(start):
            if begin >= end:
                break
            took += max(min(close, end) - max(begin, start), timedelta(0))
        return took

    def is_open(self, at: datetime) -> bool:
        """Whether somebody works."""
        return next(self.after(at))[1] <= at

    def next_opening(self, at: datetime) -> datetime:
        """The instant itself, or the next opening."""
        return max(at, next(self.after(at))[1])

    def add_days(self, start: datetime, days: int) -> datetime:
        """The same wall time that many working days later."""
        on, begin, _ = next(self.after(start))
        moved = self._shown(max(begin, start).replace(tzinfo=UTC))
        return self.instant(moved + (self._later(on, days) - on)) if days else start

    def closing(self, start: datetime, days: int = 0) -> datetime:
        """Closing time of the working day, or that many working days later."""
        return self.day(self._later(next(self.after(start))[0], days))[-1][2]

    def cut_off(self, at: datetime) -> datetime:
        """From when it counts."""
        on, begin, _ = next(self.after(at))
        limit = self.hours.cutoffs[on.weekday()]
        if limit is None or at < self.instant(datetime.combine(on, time()) + limit * _MINUTE):
            return max(begin, at)
        return self.day(self._later(on, 1))[0][1]

    def next_file(self, at: datetime) -> datetime | None:
        """The first file at or after an instant, within a year."""
        wall = self._shown(at.replace(tzinfo=UTC)) - _DAY
        span = wall, wall + 366 * _DAY
        comes = (self.instant(one) for rule in self.hours.files for one in rule.between(*span))
        return min((one for one in comes if one >= at), default=None)

    def _written(self, on: date) -> list[tuple[datetime, datetime]]:
        midnight = datetime.combine(on, time())
        both = [[self.instant(midnight + m * _MINUTE) for m in pair] for pair in self.hours.windows(on)]
        return [(begin, close) for begin, close in both]

    def _shown(self, at: datetime) -> datetime:
        return at.astimezone(self._zone).replace(tzinfo=None)

    def _back(self, end: datetime, work: timedelta) -> datetime:
        for _, begin, closing in self.before(end):
            close = min(closing, end)
            if work <= close - begin:
                return close - work
            work -= close - begin
        raise AssertionError("days do not end")

    def _later(self, on: date, days: int) -> date:
        step = _DAY if days > 0 else -_DAY
        for _ in range(abs(days)):
            on += step
            while not self.day(on):
                on += step
        return on
