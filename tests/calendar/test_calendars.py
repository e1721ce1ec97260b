"""What working time means, case by case, and which calendars are refused."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.errors import WrongUse
from app.settings import Calendar

WEEKDAYS: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
EVERY_DAY: Any = {**WEEKDAYS, "sat": "08:00-18:00", "sun": "08:00-18:00"}
ALL_OF_2026_AND_2027 = tuple(str(date(2026, 1, 1) + timedelta(days=n)) for n in range(730))
OFFICE = Calendar(zone="UTC", hours=WEEKDAYS)
FRIDAY = datetime(2026, 11, 6)
HOUR = 3600


def add(calendars: Calendars, start: datetime, seconds: int, name: str = "desk") -> datetime:
    """One deadline."""
    got = calendars.add(pl.Series([start]), pl.Series([seconds]), pl.Series([name]))[0]
    assert isinstance(got, datetime)
    return got


def days(calendars: Calendars, start: datetime, count: int, name: str = "desk") -> datetime:
    """One deadline in working days."""
    got = calendars.add_days(pl.Series([start]), pl.Series([count]), pl.Series([name]))[0]
    assert isinstance(got, datetime)
    return got


@pytest.fixture
def desk() -> Calendars:
    """Monday to Friday, 8 to 18."""
    return Calendars({"desk": OFFICE})


def test_what_uses_up_the_day_is_due_at_closing_time(desk: Calendars) -> None:
    """Friday 16:00 and two hours is Friday 18:00; one microsecond of work more is Monday morning."""
    at = FRIDAY.replace(hour=16)
    assert add(desk, at, 2 * HOUR) == FRIDAY.replace(hour=18)
    later = add(desk, at + timedelta(microseconds=1), 2 * HOUR)
    assert later == datetime(2026, 11, 9, 8, 0, 0, 1)


def test_a_start_outside_working_hours_counts_from_the_next_opening(desk: Calendars) -> None:
    """Saturday noon, Friday at closing time and Monday before opening all count from Monday 8:00."""
    for start in (FRIDAY.replace(hour=18), datetime(2026, 11, 7, 12), datetime(2026, 11, 9, 7, 59)):
        assert add(desk, start, HOUR) == datetime(2026, 11, 9, 9)


def test_lunch_and_holidays_do_not_count() -> None:
    """Two windows a day, and a public holiday and a closed date between: work goes on afterwards."""
    week: Any = dict.fromkeys(WEEKDAYS, "08:00-12:00,13:00-17:00")
    split = Calendar(zone="Europe/Berlin", hours=week, holidays="DE", closed=("2026-12-28",))
    node = Calendars({"node": split})
    assert add(node, datetime(2026, 12, 24, 10, 30), HOUR, "node") == datetime(2026, 12, 24, 12, 30)
    assert add(node, datetime(2026, 12, 24, 15, 30), HOUR, "node") == datetime(2026, 12, 29, 7, 30)


def test_a_working_day_later_is_the_same_wall_time(desk: Calendars) -> None:
    """Friday 16:00 and one working day is Monday 16:00; from Saturday, Tuesday's opening; 0 days change nothing."""
    assert days(desk, FRIDAY.replace(hour=16), 1) == datetime(2026, 11, 9, 16)
    assert days(desk, datetime(2026, 11, 7, 12), 1) == datetime(2026, 11, 10, 8)
    assert days(desk, datetime(2026, 11, 7, 12), 0) == datetime(2026, 11, 7, 12)
    assert days(desk, datetime(2026, 11, 9, 16), -1) == FRIDAY.replace(hour=16)


def test_the_wall_decides_over_a_clock_change() -> None:
    """In Berlin, one working day over the end of summer time is 25 hours and keeps 9:00 on the wall."""
    every = Calendars({"desk": Calendar(zone="Europe/Berlin", hours=EVERY_DAY)})
    assert days(every, datetime(2026, 10, 24, 7), 1) == datetime(2026, 10, 25, 8)
    assert add(every, datetime(2026, 10, 24, 7), 10 * HOUR) == datetime(2026, 10, 25, 8)


def test_names_fall_back_to_default_and_then_to_elapsed_time(desk: Calendars) -> None:
    """An empty name is elapsed time; an unknown one is `default` where that is declared, and elapsed time where not."""
    with_default = Calendars({"default": OFFICE})
    assert add(desk, FRIDAY.replace(hour=17), 2 * HOUR, "nobody") == FRIDAY.replace(hour=19)
    assert add(with_default, FRIDAY.replace(hour=17), 2 * HOUR, "") == FRIDAY.replace(hour=19)
    assert add(with_default, FRIDAY.replace(hour=17), 2 * HOUR, "nobody") == datetime(2026, 11, 9, 9)


def test_many_rows_on_several_calendars_at_once(desk: Calendars) -> None:
    """Rows keep their place; a row without start or duration has no deadline."""
    start = FRIDAY.replace(hour=17)
    starts, seconds = pl.Series([start, None, start, start]), pl.Series([7200, 7200, None, 7200])
    got = desk.add(starts, seconds, pl.Series(["desk", "desk", "", ""]))
    assert got.to_list() == [datetime(2026, 11, 9, 9), None, None, FRIDAY.replace(hour=19)]
    assert got.dtype == pl.Datetime("us")


def test_working_time_between_two_instants(desk: Calendars) -> None:
    """Over a weekend only working hours count; backwards it is zero; without an end it is unknown."""
    ends = [datetime(2026, 11, 9, 9), FRIDAY, None]
    got = desk.elapsed(pl.Series([FRIDAY.replace(hour=17)] * 3), pl.Series(ends), pl.Series(["desk"] * 3))
    assert got.to_list() == [timedelta(hours=2), timedelta(0), None]


def test_hostile_instants_stop_nothing(desk: Calendars) -> None:
    """The years 1 and 9999 get an answer, and the row beside them the right one."""
    starts = pl.Series([datetime(1, 1, 1), datetime(9999, 12, 31, 23), FRIDAY.replace(hour=17)])
    got = desk.add(starts, pl.Series([7200] * 3), pl.Series(["desk"] * 3)).to_list()
    assert got == [datetime(1, 1, 1, 2), datetime(9999, 12, 31, 23, 59, 59, 999_999), datetime(2026, 11, 9, 9)]
    ends = desk.end_of_day(starts, "Pacific/Auckland").to_list()
    assert ends[1] == datetime(9999, 12, 31, 23, 59, 59, 999_999)
    assert ends[2] == datetime(2026, 11, 7, 10, 59, 59, 999_999)


def test_a_long_target_finds_its_end() -> None:
    """One open hour a week and a hundred hours of work end almost two years later."""
    rare = Calendars({"rare": Calendar(zone="UTC", hours={"mon": "08:00-09:00"})})
    assert add(rare, datetime(2026, 11, 9, 8), 100 * HOUR, "rare") == datetime(2026, 11, 9, 9) + timedelta(weeks=99)


def test_the_fingerprint_changes_with_a_closed_date() -> None:
    """Whoever keeps deadlines can tell that a calendar was changed."""
    closed = OFFICE.model_copy(update={"closed": ("2026-11-09",)})
    assert Calendars({"desk": OFFICE}).fingerprint == Calendars({"desk": OFFICE}).fingerprint
    assert Calendars({"desk": OFFICE}).fingerprint != Calendars({"desk": closed}).fingerprint


@pytest.mark.parametrize(
    ("said", "place"),
    [
        (Calendar(), "no open hour"),
        (Calendar(zone="Europe/Berlinn", hours=WEEKDAYS), "Europe/Berlinn"),
        (Calendar(zone="../etc/passwd", hours=WEEKDAYS), "is not a time zone"),
        (Calendar(hours={"mon": "8-18"}), "hours.mon"),
        (Calendar(hours={"mon": "08:00-08:00"}), "no window of the day"),
        (Calendar(hours={"mon": "08:00-12:00,11:00-13:00"}), "overlap"),
        (Calendar(hours={"mon": "08:00-24:30"}), "hours.mon"),
        (Calendar(hours=WEEKDAYS, holidays="XX"), "holidays"),
        (Calendar(hours=WEEKDAYS, holidays="DE-XX"), "holidays"),
        (Calendar(hours=WEEKDAYS, closed=("2026-13-01",)), "closed"),
        (Calendar(hours={"mon": "08:00-09:00"}, closed=ALL_OF_2026_AND_2027), "more than 370 days"),
    ],
)
def test_a_calendar_that_cannot_be_kept_is_refused(said: Calendar, place: str) -> None:
    """At start, with the place in the configuration and what is wrong there."""
    with pytest.raises(WrongUse, match=r"calendars\.node") as fault:
        Calendars({"node": said})
    assert place in fault.value.detail
    assert fault.value.mend


def test_opening_time_is_inside_and_closing_time_is_outside(desk: Calendars) -> None:
    """Half-open, so that two windows that touch never both hold an instant."""
    instants = [FRIDAY.replace(hour=8), FRIDAY.replace(hour=18), FRIDAY.replace(hour=7), None]
    assert desk.is_open(pl.Series(instants), pl.Series(["desk"] * 4)).to_list() == [True, False, False, None]
    assert desk.is_open(pl.Series(instants), pl.Series([""] * 4)).to_list() == [True, True, True, None]


def test_no_time_at_all_and_time_backwards_end_at_an_opening(desk: Calendars) -> None:
    """Nothing to do after closing time is done at the next opening; ten hours back from Friday evening is its morning."""
    evening, morning = FRIDAY.replace(hour=18), FRIDAY.replace(hour=8)
    assert add(desk, evening, 0) == datetime(2026, 11, 9, 8)
    assert add(desk, evening, -10 * HOUR) == morning
    assert add(desk, morning, -HOUR) == FRIDAY - timedelta(hours=7)


def test_a_working_day_from_closing_time_counts_from_the_next_opening(desk: Calendars) -> None:
    """Friday 18:00 is outside: one working day later is Tuesday 8:00, as from any instant of the weekend."""
    assert days(desk, FRIDAY.replace(hour=18), 1) == datetime(2026, 11, 10, 8)


def test_an_evening_that_comes_twice_ends_no_earlier_than_it_is(desk: Calendars) -> None:
    """In St. John's the clock once went back from 0:01 to 23:01; the second 23:30 is still before its day's end."""
    second = datetime(2008, 11, 2, 3, 0)
    ends = desk.end_of_day(pl.Series([second]), "America/St_Johns")
    assert ends[0] >= second
