"""The opening hours of a declared calendar, read strictly: windows per weekday, days off, other dates, cut-offs, files.

A window may end on the next day; it belongs to the day on which it begins, and so does the work done in it.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import TypeVar

from app.calendar.public import public
from app.calendar.recurrence import Recurrence
from app.calendar.zones import Zone
from app.errors import WrongUse
from app.settings import Correction, Files
from app.settings import Hours as Said

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NIGHT = 24 * 60
_WINDOW = re.compile(r"\s*(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})\s*")
_TIME = re.compile(r"(\d{2}):(\d{2})")
_MEND = "Write windows as 08:00-12:00,13:00-18:00; a night shift as 22:00-06:00, a whole day as 00:00-24:00."

_T = TypeVar("_T")

#: From and to, in minutes after the midnight that begins the day, on the wall; `to` is outside.
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work. `week` and `cutoffs` are those of Monday to Sunday, `dates` what holds on single days."""

    name: str
    zone: Zone
    week: tuple[tuple[Window, ...], ...]
    cutoffs: tuple[int | None, ...]
    holidays: str
    observed: bool
    dates: Mapping[date, tuple[Window, ...]]
    files: tuple[Recurrence, ...]

    def windows(self, day: date) -> tuple[Window, ...]:
        """The windows that begin on a day, in order and apart."""
        if (own := self.dates.get(day)) is not None:
            return own
        off = day in public(self.holidays, day.year, self.observed)
        return () if off else self.week[day.weekday()]


def hours(name: str, said: Said, corrections: Sequence[Correction] = (), where: str = "") -> Hours:
    """The hours that a configured calendar describes, with corrections; the last one of a date holds.

    Raises WrongUse with the place in the configuration, which begins with `where`.
    """
    where = where or f"calendars.{name}"
    zone = _placed(f"{where}.zone", Zone.named, said.zone)
    week = _week(f"{where}.hours", said)
    _placed(f"{where}.holidays", lambda place: public(place, 2026), said.holidays)
    closed: dict[date, tuple[Window, ...]] = {day(f"{where}.closed", text): () for text in said.closed}
    other = {day(f"{where}.corrections", c.date): windows(f"{where}.corrections", c.hours) for c in corrections}
    files = tuple(_file(f"{where}.files", one, zone) for one in said.files)
    return Hours(name, zone, week, _cutoffs(where, said), said.holidays, said.observed, closed | other, files)


def windows(where: str, text: str) -> tuple[Window, ...]:
    """The windows of one day, in order; raises WrongUse where they are none or overlap."""
    found = sorted(_window(where, part) for part in text.split(",") if part.strip())
    for one, other in pairwise(found):
        if other[0] < one[1]:
            raise WrongUse(f"{where}: the windows of {text!r} overlap", _MEND)
    return tuple(found)


def day(where: str, text: str) -> date:
    """A date as YYYY-MM-DD; raises WrongUse for anything else."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{where}: {text!r} is not a date", "Write YYYY-MM-DD.") from None


def _week(where: str, said: Said) -> tuple[tuple[Window, ...], ...]:
    week = tuple(windows(f"{where}.{name}", said.hours.get(name, "")) for name in WEEK)  # type: ignore[call-overload]
    if not any(week):
        raise WrongUse(f"{where.removesuffix('.hours')}: has no open hour", "Give `hours` for at least one weekday.")
    for number, name in enumerate(WEEK):
        night = max((end for _, end in week[number - 1]), default=0) - _NIGHT
        if week[number] and week[number][0][0] < night:
            raise WrongUse(f"{where}.{name}: begins before the night shift of {WEEK[number - 1]} ends", _MEND)
    return week


def _window(where: str, text: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise WrongUse(f"{where}: {text!r} is not a window", _MEND)
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if minute > 59 or to_minute > 59 or start >= _NIGHT or end > _NIGHT or start == end:
        raise WrongUse(f"{where}: {text!r} is no window of the day", _MEND)
    return start, end if end > start else end + _NIGHT


def _cutoffs(where: str, said: Said) -> tuple[int | None, ...]:
    told = dict.fromkeys(WEEK, said.cutoff) if isinstance(said.cutoff, str) else said.cutoff
    return tuple(minutes(f"{where}.cutoff", told.get(name, "")) for name in WEEK)  # type: ignore[call-overload]


def minutes(where: str, text: str) -> int | None:
    """`HH:MM` in minutes after midnight, beyond 24:00 for a night shift; nothing for nothing. Raises WrongUse."""
    found = _TIME.fullmatch(text)
    if text and (not found or int(found[1]) > 47 or int(found[2]) > 59):
        raise WrongUse(f"{where}: {text!r} is not a time of the day", "Write HH:MM, past midnight as 26:00.")
    return int(found[1]) * 60 + int(found[2]) if found else None


def _file(where: str, said: Files, zone: Zone) -> Recurrence:
    try:
        start = datetime.fromisoformat(said.start)
    except ValueError:
        start = None
    if start is None or start.tzinfo:
        raise WrongUse(f"{where}.start: {said.start!r} is not a wall time", "Write 2026-01-05T06:00:00, no offset.")
    return _placed(f"{where}.rule", lambda text: Recurrence.read(text, start, zone), said.rule)


def _placed(where: str, read: Callable[[str], _T], text: str) -> _T:
    """What is read from a text, with the place in the fault."""
    try:
        return read(text)
    except WrongUse as fault:
        raise WrongUse(f"{where}: {fault.detail}", fault.mend) from None
