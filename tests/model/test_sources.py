"""How a source stands: the five sentences, at their edges, and what holds for any source."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.model.sources import FLOOR, STATES, Expected, Heard, standing
from app.model.watermarks import complete_until
from app.store.hearing import newest_slot, next_slot

NOW = datetime(2026, 11, 25, 12)
HOUR = timedelta(hours=1)
SECOND = timedelta(seconds=1)
lengths = st.timedeltas(timedelta(0), timedelta(days=9))
instants = st.builds(lambda ago: NOW - ago, lengths)


def state(expected: Expected, heard: Heard) -> str:
    return standing(expected, heard, NOW).state


def due(since: datetime, allowed: timedelta, slot: datetime | None = None) -> Expected:
    return Expected(allowed, slot, allowed, since, since + allowed)


def test_what_is_allowed_decides_between_live_and_silent() -> None:
    """Up to the last moment live, and silent from the next one on; a timetable is silent since its delivery was due."""
    last = NOW - 3 * HOUR
    assert state(due(last, 3 * HOUR), Heard(last)) == "live"
    assert state(due(last, 3 * HOUR - SECOND), Heard(last)) == "silent"
    told = standing(due(NOW - HOUR, HOUR / 2, NOW - HOUR), Heard(NOW - timedelta(days=1)), NOW)
    assert (told.state, told.since, told.why) == ("silent", NOW - HOUR, "The delivery of 11:00 UTC has not come.")


def test_outside_its_hours_a_source_is_quiet() -> None:
    """A night has passed, and it is due later in the morning: nothing was expected."""
    last = NOW - 14 * HOUR
    assert state(Expected(HOUR, None, 3 * HOUR, last, NOW + HOUR), Heard(last)) == "quiet"


def test_where_nothing_is_known_nothing_is_silent() -> None:
    """Without an agreement and without a habit a source is at worst quiet; one that was never heard is never."""
    assert state(Expected(), Heard(NOW - 90 * 24 * HOUR)) == "quiet"
    assert state(Expected(), Heard(NOW - FLOOR)) == "live"
    assert state(due(NOW - HOUR, SECOND), Heard()) == "never"


def test_deliveries_of_a_timetable() -> None:
    """The newest at or before an instant and the first after it, in the zone of the sender."""
    six = datetime(2026, 11, 25, 6)
    assert newest_slot(("06:00", "22:00"), "UTC", six) == six
    assert next_slot(("06:00", "22:00"), "UTC", six) == datetime(2026, 11, 25, 22)
    assert newest_slot(("06:00",), "Europe/Berlin", NOW) == datetime(2026, 11, 25, 5)
    assert newest_slot((), "UTC", NOW) is None


@given(instants, lengths, st.none() | instants, st.none() | instants)
def test_every_source_has_one_state(
    since: datetime, allowed: timedelta, last: datetime | None, hole: datetime | None
) -> None:
    """A hole is told before silence, silence before life; what is silent or has a gap says since when and why."""
    told = standing(due(since, allowed + SECOND), Heard(last, hole), NOW)
    assert told.state in STATES
    assert (told.state == "never") == (last is None)
    assert (told.state == "gap") == (last is not None and hole is not None)
    if told.state in ("silent", "gap"):
        assert told.since is not None and told.why


@given(instants, instants, lengths)
def test_a_watermark_is_never_ahead_of_what_arrived(event: datetime, seen: datetime, late: timedelta) -> None:
    """It is before the newest event less the lateness, and before the arrival by as much."""
    mark = complete_until(event, seen, late)
    assert mark is not None and mark < event - late and mark < seen - late
    assert complete_until(None, seen, late) is None
