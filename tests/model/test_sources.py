"""How a source stands: the five sentences, at their edges, and what holds for any source."""

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.model.sources import FLOOR, STATES, Expected, Heard, standing, watermark
from app.store.questions.sources import newest_slot

NOW = datetime(2026, 11, 25, 12)
HOUR = timedelta(hours=1)
lengths = st.timedeltas(timedelta(0), timedelta(days=9))
instants = st.builds(lambda ago: NOW - ago, lengths)


def state(expected: Expected, heard: Heard) -> str:
    return standing(expected, heard, NOW).state


def ago(length: timedelta, worked: timedelta | None = None) -> Heard:
    return Heard(NOW - length, length if worked is None else worked)


def test_what_is_agreed_decides_between_live_and_silent() -> None:
    """Every hour: live for three hours, silent from then on; never sooner than a quarter of an hour."""
    assert state(Expected(HOUR), ago(3 * HOUR)) == "live"
    assert state(Expected(HOUR), ago(3 * HOUR + timedelta(seconds=1))) == "silent"
    assert state(Expected(timedelta(minutes=1)), ago(FLOOR)) == "live"
    assert state(Expected(timedelta(minutes=1)), ago(FLOOR + timedelta(seconds=1))) == "silent"


def test_outside_its_hours_a_source_is_quiet() -> None:
    """A night has passed, but only an hour of working time: nothing was expected."""
    assert state(Expected(HOUR), ago(14 * HOUR, HOUR)) == "quiet"
    assert state(Expected(HOUR), ago(14 * HOUR, 4 * HOUR)) == "silent"


def test_where_nothing_is_known_nothing_is_silent() -> None:
    """Without an agreement and without a habit a source is at worst quiet; one that was never heard is never."""
    assert state(Expected(), ago(90 * 24 * HOUR)) == "quiet"
    assert state(Expected(), ago(timedelta(minutes=5))) == "live"
    assert state(Expected(HOUR), Heard()) == "never"


def test_a_timetable_has_half_an_hour_of_grace() -> None:
    """Due at six: looked for from half past on; a delivery half an hour early counts."""
    six = datetime(2026, 11, 25, 6)
    assert newest_slot(("06:00", "22:00"), "UTC", six + timedelta(minutes=29)) == datetime(2026, 11, 24, 22)
    assert newest_slot(("06:00", "22:00"), "UTC", six + timedelta(minutes=30)) == six
    assert newest_slot(("06:00",), "Europe/Berlin", NOW) == datetime(2026, 11, 25, 5)
    assert state(Expected(slot=six), Heard(six - timedelta(minutes=30))) == "quiet"
    assert state(Expected(slot=six), Heard(six - timedelta(minutes=31))) == "silent"
    assert newest_slot((), "UTC", NOW) is None


@given(st.none() | lengths, st.none() | instants, st.none() | instants, lengths, st.none() | instants)
def test_every_source_has_one_state(
    gap: timedelta | None, slot: datetime | None, last: datetime | None, worked: timedelta, hole: datetime | None
) -> None:
    """A hole is told before silence, silence before life; what is silent or has a gap says since when and why."""
    told = standing(Expected(gap, slot), Heard(last, worked, hole), NOW)
    assert told.state in STATES
    assert (told.state == "never") == (last is None)
    assert (told.state == "gap") == (last is not None and hole is not None)
    if told.state in ("silent", "gap"):
        assert told.since is not None and told.why


@given(lengths, lengths, lengths)
def test_silence_only_grows(gap: timedelta, length: timedelta, more: timedelta) -> None:
    """A source that is silent stays so until it is heard."""
    if state(Expected(gap), ago(length)) == "silent":
        assert state(Expected(gap), ago(length + more)) == "silent"


@given(instants, instants, lengths)
def test_a_watermark_is_never_ahead_of_what_arrived(event: datetime, seen: datetime, late: timedelta) -> None:
    """It is the newest event less the lateness, and less than the arrival by as much."""
    mark = watermark(event, seen, late)
    assert mark is not None and mark <= event - late and mark <= seen - late
    assert watermark(None, seen, late) is None
