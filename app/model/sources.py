"""How a source stands: a pure function of what was agreed with it and what was seen of it.

1. Nothing was ever heard: `never`. 2. A hole stands open in its numbers: `gap`. 3. A delivery by the timetable is half
an hour overdue, or working time has passed three times as long as usual: `silent`. 4. Heard within that time by the
clock on the wall: `live`. 5. Otherwise nothing came and nothing was expected: `quiet`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

State = Literal["live", "quiet", "silent", "gap", "never"]
STATES: tuple[State, ...] = ("silent", "gap", "never", "live", "quiet")
#: No source is silent sooner than this, and a timetable is kept as long as no more than GRACE is between.
FLOOR, GRACE = timedelta(minutes=15), timedelta(minutes=30)
#: Silent after so many times the usual gap.
TIMES = 3


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come: `gap` is the longest usual time between two items (None: nothing is known of it), `slot` the
    newest delivery of a timetable that must be here by now."""

    gap: timedelta | None = None
    slot: datetime | None = None

    @property
    def allowed(self) -> timedelta:
        """How long nothing may be heard."""
        return max(FLOOR, TIMES * self.gap) if self.gap else FLOOR


@dataclass(frozen=True, slots=True)
class Heard:
    """What was seen: when something came last, how much working time has passed since, and since when a hole in its
    numbers stands open. Instants are naive UTC."""

    last_at: datetime | None = None
    worked: timedelta = timedelta()
    gap_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """A state, since when it holds where that is known, and why in words."""

    state: State
    since: datetime | None
    why: str


def standing(expected: Expected, heard: Heard, now: datetime) -> Standing:
    """How the source stands at `now`, by the five sentences above."""
    if heard.last_at is None:
        return Standing("never", None, "Nothing has come of it yet.")
    if heard.gap_at is not None:
        return Standing("gap", heard.gap_at, "Messages are missing between those that came.")
    if expected.slot and heard.last_at < expected.slot - GRACE:
        return Standing("silent", expected.slot, f"The delivery of {expected.slot:%H:%M} UTC has not come.")
    if expected.gap and heard.worked > expected.allowed:
        return Standing("silent", heard.last_at, f"Usually something comes within {said(expected.gap)}.")
    if now - heard.last_at <= expected.allowed:
        return Standing("live", None, "")
    why = "Nothing is expected at this hour." if expected.gap or expected.slot else "It is not known when to expect it."
    return Standing("quiet", heard.last_at, why)


def watermark(last_event_at: datetime | None, last_at: datetime | None, late: timedelta) -> datetime | None:
    """Up to when the source is taken to be complete: its newest event, never ahead of its arrival, less its lateness."""
    if last_event_at is None or last_at is None:
        return None
    return min(last_event_at, last_at) - late


def said(length: timedelta) -> str:
    """A duration in its largest whole unit: `15 min`, `4 h`, `2 d`."""
    minutes = int(length.total_seconds()) // 60
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
