"""When a place works: weekly windows on its own clock, and arithmetic over them, in whole seconds of UTC."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo

import holidays

MINUTE, HOUR, DAY = 60, 3_600, 86_400
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WEEKDAYS = DAYS[:5]


@dataclass(frozen=True)
class Hours:
    """Open from `opens` to `closes` (hours of the local day) on `days`, but for public holidays of a country (ISO 3166);
    `cutoff` is an hour as well."""

    zone: str
    opens: int
    closes: int
    days: tuple[str, ...] = _WEEKDAYS
    cutoff: int = 14
    holidays: str = ""

    def window(self, day: date) -> tuple[int, int] | None:
        """(first second, second after the last) of a local day; None where it is closed."""
        if DAYS[day.weekday()] not in self.days or day in _public(self.holidays, day.year):
            return None
        return self.at(day, self.opens * HOUR), self.at(day, self.closes * HOUR)

    def at(self, day: date, seconds: int) -> int:
        """The instant of a wall time of a local day."""
        return _instant(self.zone, day, seconds)

    def local(self, moment: int) -> datetime:
        """The instant on the wall of the place."""
        return datetime.fromtimestamp(moment, UTC).astimezone(ZoneInfo(self.zone))

    def after(self, moment: int) -> int:
        """The moment itself while it is open, else the next opening."""
        day = self.local(moment).date()
        while (found := self.window(day)) is None or found[1] <= moment:
            day += timedelta(days=1)
        return max(moment, found[0])

    def add(self, moment: int, seconds: int) -> int:
        """The instant at which so much working time has passed; what uses a day up ends at its closing."""
        moment = self.after(moment)
        while True:
            window = self.window(self.local(moment).date())
            left = window[1] - moment if window else 0
            if seconds <= left:
                return moment + seconds
            seconds -= left
            moment = self.after(moment + left)

    def days_later(self, moment: int, days: int) -> int:
        """The same wall time so many working days later; outside the hours it counts from the next opening."""
        moment = self.after(moment)
        wall = self.local(moment)
        day = wall.date()
        while days:
            day += timedelta(days=1)
            days -= self.window(day) is not None
        return self.at(day, wall.hour * HOUR + wall.minute * MINUTE + wall.second)

    def shipping_day(self, moment: int) -> date:
        """The day on which what was asked for at `moment` has to leave: today before the cut-off, else the next day."""
        day = self.local(moment).date()
        if self.window(day) is None or moment >= self.at(day, self.cutoff * HOUR):
            day += timedelta(days=1)
        while self.window(day) is None:
            day += timedelta(days=1)
        return day

    def said(self) -> dict[str, object]:
        """As the settings write a calendar."""
        span = f"{self.opens:02}:00-{self.closes:02}:00"
        said: dict[str, object] = {
            "zone": self.zone,
            "hours": dict.fromkeys(self.days, span),
            "cutoff": f"{self.cutoff:02}:00",
        }
        return said | ({"holidays": self.holidays} if self.holidays else {})


@cache
def _public(country: str, year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays(country, years=year)) if country else frozenset()


@lru_cache(65_536)
def _instant(zone: str, day: date, seconds: int) -> int:
    wall = datetime.combine(day, time()) + timedelta(seconds=seconds)
    return int(wall.replace(tzinfo=ZoneInfo(zone)).timestamp())


def written(moment: int) -> str:
    """RFC 3339 in UTC."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def naive(moment: int) -> datetime:
    """As frames hold it: UTC without a zone."""
    return datetime.fromtimestamp(moment, UTC).replace(tzinfo=None)
