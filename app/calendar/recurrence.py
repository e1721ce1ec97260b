"""Recurrence rules (RFC 5545) on a wall clock: when files come, when windows open.

The wall time stays the same over clock changes, and an impossible date is left out, not moved. An UNTIL in UTC is
put on the wall first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import islice
from typing import Self

from dateutil.rrule import MINUTELY, rrule, rrulestr

from app.calendar.zones import Zone
from app.errors import WrongUse

_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z")
#: More often than every five minutes is no window.
_MOST = 366 * 24 * 12
_MEND = "Write it as in RFC 5545: FREQ=DAILY;BYHOUR=6,14,22 or FREQ=WEEKLY;BYDAY=MO,TH;BYHOUR=7."


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The wall times at which something happens again and again."""

    rule: rrule

    @classmethod
    @lru_cache(maxsize=256)
    def read(cls, text: str, start: datetime, zone: Zone) -> Self:
        """The rule as written; raises WrongUse for what is none, never comes, or comes all the time."""
        try:
            rule = rrulestr(_UNTIL.sub(lambda found: _on_the_wall(found[1], zone), text.strip()), dtstart=start)
        except (ValueError, TypeError, KeyError, AttributeError) as fault:
            raise WrongUse(f"{text!r} is no recurrence rule: {fault}", _MEND) from None
        if not isinstance(rule, rrule) or rule._freq > MINUTELY:
            raise WrongUse(f"{text!r} is not one rule by the minute or longer", _MEND)
        made = cls(rule)
        first = made.take(1)
        if not first:
            raise WrongUse(f"{text!r} never comes", _MEND)
        if sum(1 for _ in islice(made.between(first[0], first[0] + timedelta(days=366)), _MOST + 1)) > _MOST:
            raise WrongUse(f"{text!r} comes more often than every five minutes", _MEND)
        return made

    def take(self, count: int) -> list[datetime]:
        """The first wall times, in order."""
        return list(islice(self.rule, count))

    def between(self, first: datetime, last: datetime) -> Iterator[datetime]:
        """The wall times from `first` on and before `last`, in order."""
        for wall in self.rule.xafter(first, inc=True):
            if wall >= last:
                return
            yield wall


def _on_the_wall(text: str, zone: Zone) -> str:
    return f"UNTIL={zone.shown(datetime.strptime(text, '%Y%m%dT%H%M%S')):%Y%m%dT%H%M%S}"
