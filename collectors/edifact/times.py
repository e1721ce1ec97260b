"""Dates and times of EDIFACT (DTM, C507) as instants: what the format says, else what the digits show.

Source of the formats: UN/EDIFACT code list 2379. A time without a zone is read in the partner's.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from collectors.mapped.zone import after_gap
from collectors.reading import micros

#: Format → how the digits are laid out. A period is read as its beginning.
LAYOUTS = {
    "2": "%d%m%y", "3": "%m%d%y", "4": "%d%m%Y", "5": "%d%m%Y%H%M", "10": "%Y%m%dT%H%M", "101": "%y%m%d",
    "102": "%Y%m%d", "201": "%y%m%d%H%M", "202": "%y%m%d%H%M%S", "203": "%Y%m%d%H%M", "204": "%Y%m%d%H%M%S",
    "205": "%Y%m%d%H%M", "301": "%y%m%d%H%M", "302": "%y%m%d%H%M%S", "303": "%Y%m%d%H%M", "304": "%Y%m%d%H%M%S",
    "717": "%y%m%d", "718": "%Y%m%d", "719": "%Y%m%d%H%M",
}  # fmt: skip
#: Formats of a period: only the first half is read.
_PERIODS = {"717": 6, "718": 8, "719": 12}
#: What the count of digits shows where the format does not fit.
_BY_LENGTH = {6: "101", 8: "102", 10: "201", 12: "203", 14: "204"}
_LONGEST = 35
_WIDTH = {"%d": 2, "%m": 2, "%y": 2, "%Y": 4, "%H": 2, "%M": 2, "%S": 2}
#: Names of zones that mean one offset wherever they are used, in minutes. Others (as EST, IST) are not guessed.
ZONES = {
    "UTC": 0,
    "GMT": 0,
    "Z": 0,
    "WET": 0,
    "BST": 60,
    "CET": 60,
    "MEZ": 60,
    "CES": 120,
    "MES": 120,
    "EET": 120,
    "EES": 180,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant in microseconds, on whose word its zone is, whether it is a day only, and what was odd about it."""

    at: int
    basis: str
    day: bool = False
    flags: tuple[str, ...] = ()


def moment(text: str, layout: str, zone: str) -> Moment | None:
    """The instant that a date of the format `layout` says; None for what is no date."""
    return _read(text, layout, zone) if len(text) <= _LONGEST and len(layout) <= 3 else None


@lru_cache(maxsize=4096)
def _read(text: str, layout: str, zone: str) -> Moment | None:
    digits, tail = _digits(text[: _PERIODS.get(layout, _LONGEST)])
    flags: tuple[str, ...] = ()
    pattern = LAYOUTS.get(layout, "")
    if not pattern or len(digits) != _width(pattern):
        fits = _BY_LENGTH.get(len(digits)) if digits.isdigit() else None
        if fits is None or (layout and layout not in LAYOUTS):
            return None
        pattern, flags = LAYOUTS[fits], ("date_format_mismatch",)
    try:
        local = datetime.strptime(digits, pattern)
    except ValueError:
        return None
    return _placed(local, tail, zone, "%H" not in pattern, flags)


def _digits(text: str) -> tuple[str, str]:
    """(the digits of a date, what stands behind them: the zone)."""
    head = text.rstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ ")
    for sign in "+-":
        front, found, back = head.partition(sign)
        if found and len(front) >= 10:
            return front, sign + back
    return head, text[len(head) :].strip()


def _width(pattern: str) -> int:
    return sum(_WIDTH[f"%{part[0]}"] + len(part) - 1 for part in pattern.split("%")[1:])


def _placed(local: datetime, tail: str, zone: str, day: bool, flags: tuple[str, ...]) -> Moment:
    offset = _offset(tail)
    if offset is not None:
        return Moment(micros(local.replace(tzinfo=timezone(offset))), "explicit", day, flags)
    if tail:
        flags = (*flags, "zone_unknown")
    return Moment(micros(_utc(local, _zone(zone))), "partner_default", day, flags)


def day_end(found: Moment, zone: str) -> Moment:
    """What is asked for or promised for a day holds until its last second; a moment with a time stays as it is."""
    if not found.day:
        return found
    place = _zone(zone)
    local = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=found.at)).astimezone(place).replace(tzinfo=None)
    return replace(found, at=micros(_utc(local.replace(hour=23, minute=59, second=59), place)))


def _utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The first instant of a local time; one that a clock change skips is the first that exists (RULES 3.3.6)."""
    found = local.replace(tzinfo=zone).astimezone(UTC)
    return found if found.astimezone(zone).replace(tzinfo=None) == local else after_gap(local, zone.key)


def _offset(tail: str) -> timedelta | None:
    """The offset that is written behind a date: a name, or a sign with hours and perhaps minutes."""
    if tail in ZONES:
        return timedelta(minutes=ZONES[tail])
    digits = tail[1:]
    if tail[:1] not in ("+", "-") or not digits.isdigit() or len(digits) not in (1, 2, 4):
        return None
    hours, minutes = (int(digits), 0) if len(digits) < 3 else (int(digits[:2]), int(digits[2:]))
    if hours > 14 or minutes > 59:
        return None
    found = timedelta(hours=hours, minutes=minutes)
    return -found if tail[0] == "-" else found


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name or "UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def prepared(day: str, clock: str, zone: str) -> Moment | None:
    """The instant of a UNB: CCYYMMDD or YYMMDD, and HHMM."""
    made = moment(day + clock, "203" if len(day) == 8 else "201", zone)
    return made if made and not made.flags else None


def iso(at: int) -> str:
    """An instant in microseconds as text in UTC, as attributes hold it."""
    return (datetime(1970, 1, 1) + timedelta(microseconds=at)).isoformat()
