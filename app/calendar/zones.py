"""Wall time and instants of a zone over whole arrays, with one meaning for the hours that clock changes make or take.

A wall time that does not exist means the first instant that does; one that comes twice means its first coming.
All values are integers: microseconds since 1970, UTC for instants, the zone's own clock for walls.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Self
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from app.errors import WrongUse

Micros = NDArray[np.int64]
SECOND = 1_000_000
DAY = 86_400 * SECOND
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Clock changes are known between these instants; before and after, the nearest known offset holds.
FIRST, LAST = EPOCH, datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=5)


class Zone:
    """The clock changes of one IANA zone: from `changes[k]` on the offset is `offsets[k]`."""

    def __init__(self, name: str) -> None:
        """Find the clock changes of the zone; `Zone.named` remembers them."""
        self.name = name
        changes = _changes(_zone(name))
        self._from: Micros = np.array([at for at, _ in changes], dtype=np.int64)
        self._offset: Micros = np.array([offset for _, offset in changes], dtype=np.int64)
        before = np.concatenate((self._offset[:1], self._offset[:-1]))
        self._wall_from: Micros = self._from + before

    @classmethod
    @lru_cache(maxsize=64)
    def named(cls, name: str) -> Self:
        """The zone, read once per process."""
        return cls(name)

    def wall(self, instants: Micros) -> Micros:
        """What the clock on the wall shows at these instants."""
        at = np.searchsorted(self._from, instants, side="right") - 1
        return instants + self._offset[np.maximum(at, 0)]

    def instant(self, walls: Micros) -> Micros:
        """The first instant at which the wall shows this time, or has passed over it."""
        at = np.maximum(np.searchsorted(self._wall_from, walls, side="right") - 1, 0)
        plain = walls - self._offset[at]
        return np.where(at > 0, np.maximum(self._from[at], plain), plain)

    def shown(self, at: datetime) -> datetime:
        """The wall time of one naive UTC instant."""
        return _plain(self.wall(np.array([micros(at.replace(tzinfo=UTC))], dtype=np.int64)))

    def utc(self, wall: datetime) -> datetime:
        """The naive UTC instant of one wall time."""
        return _plain(self.instant(np.array([micros(wall.replace(tzinfo=UTC))], dtype=np.int64)))


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 of an aware instant."""
    return (at - EPOCH) // timedelta(microseconds=1)


def _plain(instants: Micros) -> datetime:
    return EPOCH.replace(tzinfo=None) + timedelta(microseconds=int(instants[0]))


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (OSError, KeyError, ValueError):
        raise WrongUse(f"{name!r} is not a time zone", "Write an IANA name such as Europe/Berlin or UTC.") from None


def _changes(zone: ZoneInfo) -> list[tuple[int, int]]:
    """(instant, offset from then on), found by looking every few days and halving where the offset differs."""
    at, found = FIRST, [(micros(FIRST), _offset(zone, FIRST))]
    while at < LAST:
        if _offset(zone, at + _STEP) != found[-1][1]:
            change = _halved(zone, at, at + _STEP)
            found.append((micros(change), _offset(zone, change)))
        at += _STEP
    return found


def _halved(zone: ZoneInfo, old: datetime, new: datetime) -> datetime:
    """The first whole second between `old` and `new` at which the offset is no longer that of `old`."""
    before = _offset(zone, old)
    while new - old > timedelta(seconds=1):
        middle = old + timedelta(seconds=(new - old) // timedelta(seconds=2))
        old, new = (middle, new) if _offset(zone, middle) == before else (old, middle)
    return new


def _offset(zone: ZoneInfo, at: datetime) -> int:
    offset = at.astimezone(zone).utcoffset() or timedelta()
    return offset // timedelta(microseconds=1)
