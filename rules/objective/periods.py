"""The periods that objectives are counted in: rolling ones, and calendar ones that tile time on the clock of a zone.

All instants are naive UTC; days, weeks, months begin at midnight of the zone. Periods are half-open, `[from, to)`.
"""

from calendar import monthrange
from datetime import datetime, timedelta
from typing import Literal

import polars as pl

from app.calendar.zones import Micros, Zone
from app.errors import WrongUse

Unit = Literal["day", "week", "month", "quarter", "year"]
#: Length of a unit in months, or else in days.
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_CUT = {"day": "1d", "week": "1w", "month": "1mo", "quarter": "1q", "year": "1y"}


def rolling(now: datetime, unit: Unit, n: int, zone: str = "UTC") -> tuple[datetime, datetime]:
    """The last n units up to now."""
    clock = Zone.named(zone)
    return clock.utc(_moved(clock.shown(now), unit, -n)), now


def anchored(now: datetime, start: datetime, unit: Unit, n: int, zone: str = "UTC") -> tuple[datetime, datetime]:
    """The period of n units that now lies in, counted from `start`; raises WrongUse before it."""
    if now < start:
        raise WrongUse("The first period lies in the future.", "Let it begin earlier.")
    clock = Zone.named(zone)
    first = clock.shown(start)
    k = _guess(first, clock.shown(now), unit, n)
    while clock.utc(_moved(first, unit, (k + 1) * n)) <= now:
        k += 1
    return clock.utc(_moved(first, unit, k * n)), clock.utc(_moved(first, unit, (k + 1) * n))


def current(now: datetime, unit: Unit, zone: str = "UTC") -> tuple[datetime, datetime]:
    """The calendar period that now lies in: from its first instant to the first instant of the next one."""
    clock = Zone.named(zone)
    first = beginnings(pl.Series([now]), unit, zone)[0]
    return first, clock.utc(_moved(clock.shown(first).replace(hour=0, minute=0), unit, 1))


def beginnings(instants: pl.Series, unit: Unit, zone: str = "UTC") -> pl.Series:
    """The first instant of the calendar period of each instant; weeks begin on Monday."""
    clock = Zone.named(zone)
    walls = pl.Series(clock.wall(_micros(instants))).cast(pl.Datetime("us")).dt.truncate(_CUT[unit])
    return pl.Series(clock.instant(_micros(walls))).cast(pl.Datetime("us")).alias(instants.name)


def _micros(instants: pl.Series) -> Micros:
    return instants.cast(pl.Datetime("us")).cast(pl.Int64).to_numpy()


def _moved(wall: datetime, unit: Unit, n: int) -> datetime:
    """A wall time n units later; a day that the month lacks is its last one."""
    if unit in _DAYS:
        return wall + timedelta(days=n * _DAYS[unit])
    year, month = divmod(wall.year * 12 + wall.month - 1 + n * _MONTHS[unit], 12)
    return wall.replace(year=year, month=month + 1, day=min(wall.day, monthrange(year, month + 1)[1]))


def _guess(first: datetime, now: datetime, unit: Unit, n: int) -> int:
    """A period at or before that of now, never far from it."""
    if unit in _DAYS:
        return max(0, (now - first).days // (n * _DAYS[unit]) - 1)
    months = (now.year - first.year) * 12 + now.month - first.month
    return max(0, months // (n * _MONTHS[unit]) - 1)
