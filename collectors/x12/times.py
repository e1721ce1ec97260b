"""Dates and times of X12 as instants: two forms of dates, times of four to eight digits, and codes that name a zone.

A local time that the clock change skips becomes the first that exists, one that it repeats is the first of the two. A
date alone is taken as its noon for what has happened, unless the message was made on that day: then it is the message's
own time; for what is promised it is the end of the day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

from collectors.mapped.zone import after_gap
from collectors.reading import micros
from collectors.x12.codes import TIME_CODES

#: Two-digit years from here on belong to the twentieth century.
_CENTURY = 70


@dataclass(frozen=True, slots=True)
class Instant:
    """When: microseconds since 1970 UTC, on whose word the zone is, and how it was told.

    `date_only`: without a time; `assumed`: not at all, so that it is the time of the message.
    """

    at: int
    basis: str
    date_only: bool = False
    assumed: bool = False


@lru_cache(maxsize=8_192)
def instant(date: str, time: str, code: str, zone: str, basis: str, bare: str) -> Instant | None:
    """The instant of a date and a time, None for what is no date.

    `zone` with its `basis` holds where the code names none; `bare` is the time (HHMMSS) of a date without one.
    """
    clock = _time(time)
    day = _date(date, clock or bare)
    if day is None:
        return None
    told = TIME_CODES.get(code.strip().upper())
    if told is None or clock is None:
        return Instant(_utc(day, zone), basis, clock is None)
    if isinstance(told, int):
        return Instant(micros(day.replace(tzinfo=timezone(timedelta(minutes=told)))), "time_code")
    return Instant(_utc(day, told), "time_code")


def _time(text: str) -> str | None:
    """HHMMSS of HHMM, HHMMSS or HHMMSSDD; None for what is no time."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (4, 6, 7, 8)):
        return None
    return digits[:6].ljust(6, "0")


def _date(text: str, clock: str) -> datetime | None:
    """A naive local time from CCYYMMDD or YYMMDD and HHMMSS; 240000 is the end of the day."""
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) in (6, 8)):
        return None
    if len(digits) == 6:
        digits = ("19" if int(digits[:2]) >= _CENTURY else "20") + digits
    late = clock == "240000"
    hours = "000000" if late else clock
    try:
        year, month, day = int(digits[:4]), int(digits[4:6]), int(digits[6:])
        made = datetime(year, month, day, int(hours[:2]), int(hours[2:4]), int(hours[4:]))
        return made + timedelta(days=late) if 1900 < year < 2300 else None
    except (ValueError, OverflowError):
        return None


def _utc(local: datetime, zone: str) -> int:
    there = ZoneInfo(zone)
    made = local.replace(tzinfo=there).astimezone(UTC)
    if made.astimezone(there).replace(tzinfo=None) != local:
        return micros(after_gap(local, zone))
    return micros(made)
