"""The table of working time against a plain walk through the days, around every kind of clock change."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.calendar.zones import EPOCH, Zone
from app.settings import Calendar

#: A zone and an hour beside one of its clock changes: forward and back, at two, at midnight, by half an hour.
CHANGES = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1)),
    ("America/Sao_Paulo", datetime(2017, 10, 15, 3)),
    ("America/Sao_Paulo", datetime(2018, 2, 18, 2)),
    ("Australia/Sydney", datetime(2026, 4, 4, 16)),
    ("Australia/Sydney", datetime(2026, 10, 3, 16)),
    ("Asia/Tehran", datetime(2022, 3, 21, 20, 30)),
    ("Asia/Tehran", datetime(2022, 9, 21, 19, 30)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, 15, 30)),
]
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SECOND = timedelta(seconds=1)
FRIDAY = 4
Change = tuple[str, datetime]


def instant(wall: datetime, zone: ZoneInfo) -> datetime:
    """The naive UTC instant of a wall time: the first if it comes twice, the next that exists if it never comes."""
    found = wall.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None) == wall:
        return found.replace(tzinfo=None)
    low, high = wall.replace(tzinfo=zone, fold=1).astimezone(UTC), found
    while high - low > SECOND:
        middle = (low + (high - low) // 2).replace(microsecond=0)
        shown = middle.astimezone(zone).replace(tzinfo=None)
        low, high = (low, middle) if shown > wall else (middle, high)
    return high.replace(tzinfo=None)


def intervals(said: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The working intervals of one wall day, naive UTC."""
    if day.isoformat() in said.closed:
        return []
    zone, midnight = ZoneInfo(said.zone), datetime.combine(day, time())
    week: Any = said.hours
    minutes = [
        [int(t[:2]) * 60 + int(t[3:]) for t in window.split("-")]
        for window in week.get(WEEK[day.weekday()], "").split(",")
        if window
    ]
    both = [[instant(midnight + timedelta(minutes=m), zone) for m in pair] for pair in minutes]
    return [(opens, closes) for opens, closes in both if opens < closes]


def walked(start: datetime, work: timedelta, said: Calendar) -> datetime:
    """When `work` is done, told as one would: go from day to day and use up what is open."""
    day = start.date() - timedelta(days=2)
    while True:
        for opens, closes in intervals(said, day):
            begin = max(opens, start)
            if begin < closes:
                if work <= closes - begin:
                    return begin + work
                work -= closes - begin
        day += timedelta(days=1)


def one(at: datetime) -> pl.Series:
    """A series of one instant."""
    return pl.Series([at], dtype=pl.Datetime("us"))


hours = st.lists(st.integers(0, 96), min_size=2, max_size=6, unique=True).map(
    lambda quarters: ",".join(
        f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}"
        for a, b in zip(sorted(quarters)[::2], sorted(quarters)[1::2], strict=False)
    )
)
weeks = st.dictionaries(st.sampled_from(WEEK), hours, min_size=1)
offsets = st.timedeltas(timedelta(hours=-72), timedelta(hours=48))
seconds = st.one_of(st.integers(1, 60), st.integers(1, 90 * 3600))


@given(st.sampled_from(CHANGES), weeks, offsets, seconds, st.booleans())
@example(CHANGES[1], {"sun": "02:00-03:00"}, timedelta(0), 3600, False)
@example(CHANGES[0], {"sun": "02:15-02:45", "mon": "08:00-09:00"}, timedelta(0), 60, False)
@settings(max_examples=120, deadline=None)
def test_the_table_and_a_walk_through_the_days_agree(
    change: Change, week: Any, offset: timedelta, amount: int, close: bool
) -> None:
    """Adding working time gives the same instant from the table as from a walk, also on days of 23 or 25 hours."""
    zone, at = change
    start = at + offset
    said = Calendar(zone=zone, hours=week, closed=(at.date().isoformat(),) if close else ())
    calendars = Calendars({"node": said})
    got = calendars.add(one(start), pl.Series([amount]), pl.Series(["node"]))[0]
    assert got == walked(start, timedelta(seconds=amount), said)
    assert calendars.elapsed(one(start), one(got), pl.Series(["node"]))[0] == timedelta(seconds=amount)


@given(st.sampled_from(CHANGES), offsets)
@settings(max_examples=300, deadline=None)
def test_a_day_ends_one_microsecond_before_the_next_midnight_on_the_wall(change: Change, offset: timedelta) -> None:
    """The end of a local day follows the wall of its zone, whatever the clocks do that night."""
    zone, at = change
    start = at + offset
    day = start.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()
    midnight = instant(datetime.combine(day + timedelta(days=1), time()), ZoneInfo(zone))
    got = Calendars({}).end_of_day(one(start), zone)[0]
    assert got == max(midnight - timedelta(microseconds=1), start)


@given(st.sampled_from(CHANGES), offsets, st.integers(1, 9))
@settings(max_examples=200, deadline=None)
def test_a_working_day_is_the_same_wall_time_on_the_next_working_day(
    change: Change, offset: timedelta, count: int
) -> None:
    """From inside working hours, n working days later is the n-th working day at the same time on the wall."""
    zone, at = change
    working: Any = dict.fromkeys(WEEK[:5], "00:00-24:00")
    said = Calendar(zone=zone, hours=working)
    start = at + offset
    wall = start.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if wall.weekday() > FRIDAY:
        wall = datetime.combine(wall.date() + timedelta(days=7 - wall.weekday()), time())
    day = wall
    for _ in range(count):
        day += timedelta(days=3 if day.weekday() == FRIDAY else 1)
    got = Calendars({"fin": said}).add_days(one(start), pl.Series([count]), pl.Series(["fin"]))[0]
    assert got == instant(day, ZoneInfo(zone))


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia", "America/St_Johns"])
def test_walls_and_instants_agree_with_the_zone_data_all_year_round(zone: str) -> None:
    """Every few hours over the years 2005 to 2030 the wall is the one that the zone data gives."""
    ats = [EPOCH + timedelta(days=35 * 365) + timedelta(hours=7 * n) for n in range(31_000)]
    walls = pl.Series([at.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for at in ats]).cast(pl.Int64).to_numpy()
    instants = pl.Series([at.replace(tzinfo=None) for at in ats]).cast(pl.Int64).to_numpy()
    assert (Zone.named(zone).wall(instants) == walls).all()
