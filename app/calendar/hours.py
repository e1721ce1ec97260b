"""The opening hours of a declared calendar, read strictly: windows per weekday, holidays, closed dates."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import holidays

from app.calendar.zones import Zone
from app.errors import WrongUse
from app.settings import Calendar

WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW = re.compile(r"\s*(\d{2}):(\d{2})\s*-\s*(\d{2}):(\d{2})\s*")
_MEND = "Write windows as 08:00-12:00,13:00-18:00; a night shift as 22:00-24:00 and, on the next day, 00:00-06:00."

#: From and to, in minutes after midnight on the wall; `to` is outside.
Window = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hours:
    """When people work: `week` has the windows of Monday to Sunday, in order and apart."""

    name: str
    zone: Zone
    week: tuple[tuple[Window, ...], ...]
    holidays: str
    closed: frozenset[date]

    def days_off(self, years: Iterable[int]) -> set[date]:
        """Public holidays of these years, and all closed dates."""
        return set(self.closed) | _public(self.name, self.holidays, list(years))


def hours(name: str, said: Calendar) -> Hours:
    """The hours that a configured calendar describes; raises WrongUse with the place in the configuration."""
    where = f"calendars.{name}"
    try:
        zone = Zone.named(said.zone)
    except WrongUse as fault:
        raise WrongUse(f"{where}.zone: {fault.detail}", fault.mend) from None
    week = tuple(_windows(f"{where}.hours.{day}", said.hours.get(day, "")) for day in WEEK)  # type: ignore[call-overload]
    if not any(week):
        raise WrongUse(f"{where}: has no open hour", "Give `hours` for at least one weekday.")
    _public(name, said.holidays, [2026])
    return Hours(name, zone, week, said.holidays, frozenset(_date(where, day) for day in said.closed))


def _windows(where: str, text: str) -> tuple[Window, ...]:
    windows = sorted(_window(where, part) for part in text.split(",") if part.strip())
    for one, other in pairwise(windows):
        if other[0] < one[1]:
            raise WrongUse(f"{where}: the windows of {text!r} overlap", _MEND)
    return tuple(windows)


def _window(where: str, text: str) -> Window:
    found = _WINDOW.fullmatch(text)
    if not found:
        raise WrongUse(f"{where}: {text!r} is not a window", _MEND)
    hour, minute, to_hour, to_minute = map(int, found.groups())
    start, end = hour * 60 + minute, to_hour * 60 + to_minute
    if not start < end <= 24 * 60 or minute > 59 or to_minute > 59:
        raise WrongUse(f"{where}: {text!r} does not end after it begins, within one day", _MEND)
    return start, end


def _date(where: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise WrongUse(f"{where}.closed: {text!r} is not a date", "Write YYYY-MM-DD.") from None


def _public(name: str, place: str, years: list[int]) -> set[date]:
    """The public holidays of a country or, after a dash, a part of it."""
    country, _, region = place.partition("-")
    if not country:
        return set()
    try:
        return set(holidays.country_holidays(country, subdiv=region or None, years=years))
    except NotImplementedError:
        raise WrongUse(
            f"calendars.{name}.holidays: {place!r} is not a known country or part of one",
            "Write an ISO 3166 code such as DE, DE-BW or US-CA.",
        ) from None
