"""How a source stands: a pure function of what was agreed with it and what was seen of it.

1. Nothing was ever heard: `never`. 2. A hole stands open in its numbers: `gap`. 3. What is expected has not come for
longer than allowed: `silent`; the rules of kind `freshness` say how long that is. 4. Heard within that time by the
clock on the wall: `live`. 5. Otherwise nothing came and nothing was expected: `quiet`.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.model.watermarks import silent

State = Literal["live", "quiet", "silent", "gap", "never"]
STATES: tuple[State, ...] = ("silent", "gap", "never", "live", "quiet")
#: Where nothing else is known a source is live for so long; so much early a delivery still is the one of its timetable.
FLOOR, EARLY = timedelta(minutes=15), timedelta(minutes=30)
#: A source that is heard again settles so long: what it could not send comes first.
SETTLING = timedelta(minutes=15)

#: Causes of a spell in which a source is silent: nothing comes, a delivery of its timetable does not, or nothing ever came.
NOTHING, UNDELIVERED, NEVER = "nothing_heard", "file_due", "never_heard"
SILENCES = (NOTHING, UNDELIVERED, NEVER)


@dataclass(frozen=True, slots=True)
class Expected:
    """What should come. `gap` is the longest usual time between two items (None: nothing is known of it), `slot` the
    first delivery of a timetable that has not come whole. It is late `since` then, `allowed` so long, until `due_at`."""

    gap: timedelta | None = None
    slot: datetime | None = None
    allowed: timedelta | None = None
    since: datetime | None = None
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What was seen: when something came last, and since when a hole in its numbers stands open. Naive UTC."""

    last_at: datetime | None = None
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
    if expected.since and expected.due_at and silent(now - expected.since, expected.due_at - expected.since):
        return Standing("silent", expected.since, _missing(expected, heard.last_at))
    if now - heard.last_at <= (expected.allowed or FLOOR):
        return Standing("live", None, "")
    known = expected.gap or expected.slot
    why = "Nothing is expected at this hour." if known else "It is not known when to expect it."
    return Standing("quiet", heard.last_at, why)


def _missing(expected: Expected, last_at: datetime) -> str:
    if not expected.slot:
        return f"Usually something comes within {said(expected.gap)}." if expected.gap else "Nothing comes."
    came = "has come, but not whole" if last_at >= expected.slot - EARLY else "has not come"
    return f"The delivery of {expected.slot:%H:%M} UTC {came}."


def said(length: timedelta) -> str:
    """A duration in its largest whole unit: `15 min`, `4 h`, `2 d`."""
    minutes = int(length.total_seconds()) // 60
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size and minutes % size == 0:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"
