"""Every question to a table has the answer of a walk through the days: nights, days off, cut-offs, files, clock changes."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import polars as pl
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.calendar import Calendars
from app.calendar.hours import WEEK, hours
from app.calendar.walk import Walk
from app.settings import Calendar, Correction
from tests.calendar.test_calendar_laws import CHANGES

FILES = (
    "",
    "FREQ=DAILY;BYHOUR=2,14;BYMINUTE=30",
    "FREQ=WEEKLY;BYDAY=SU,MO;BYHOUR=0",
    "FREQ=MONTHLY;BYDAY=-1SU;BYHOUR=2",
)
NIGHT, LONG_NIGHT = "22:00-05:00", "22:30-02:15"
Row = tuple[timedelta, int, int]


def written(quarters: list[int], night: str) -> str:
    """The windows of one day: some between six and nine in the evening, and perhaps a night shift."""
    edges = sorted(quarters)
    pairs = zip(edges[::2], edges[1::2], strict=False)
    day = [f"{a // 4:02}:{a % 4 * 15:02}-{b // 4:02}:{b % 4 * 15:02}" for a, b in pairs]
    return ",".join([*day, *([night] if night else [])])


quarters = st.lists(st.integers(24, 84), max_size=4, unique=True)
days = st.builds(written, quarters, st.sampled_from(["", "", NIGHT, LONG_NIGHT])).filter(bool)
weeks = st.dictionaries(st.sampled_from(WEEK), days, min_size=1)
rows = st.lists(
    st.tuples(
        st.timedeltas(timedelta(days=-4), timedelta(days=3)),
        st.one_of(st.just(0), st.integers(-60 * 3600, 90 * 3600), st.integers(-60, 60).map(lambda n: n * 900)),
        st.integers(-6, 6),
    ),
    min_size=1,
    max_size=8,
)


def calendar(change: tuple[str, datetime], week: Any, other: str | None, cutoff: str, files: str) -> Calendar:
    """A calendar with something special on the day of the clock change."""
    date = change[1].date().isoformat()
    corrections = () if other is None else (Correction(date=date, hours=other),)
    rules: Any = (files,) if files else ()
    return Calendar(zone=change[0], hours=week, corrections=corrections, cutoff=cutoff, files=rules)


def asked(said: Calendar, at: datetime, some: list[Row]) -> dict[str, tuple[list[Any], list[Any]]]:
    """Per question what the table answers, and what the walk does."""
    many, walk = Calendars({"it": said}), Walk(hours("it", said, said.corrections))
    starts = [at + offset for offset, _, _ in some]
    seconds, count = [s for _, s, _ in some], [n for _, _, n in some]
    ends = [start + timedelta(seconds=s) for start, s in zip(starts, seconds, strict=True)]
    col, it = pl.Series(starts, dtype=pl.Datetime("us")), pl.Series(["it"] * len(some))

    def told(one: Callable[..., Any], *more: list[Any]) -> list[Any]:
        return [one(*args) for args in zip(starts, *more, strict=True)]

    work = [timedelta(seconds=s) for s in seconds]
    return {
        "add": (many.add(col, pl.Series(seconds), it).to_list(), told(walk.add, work)),
        "subtract": (many.subtract(col, pl.Series(seconds), it).to_list(), told(walk.add, [-w for w in work])),
        "elapsed": (many.elapsed(col, pl.Series(ends), it).to_list(), told(walk.elapsed, ends)),
        "is_open": (many.is_open(col, it).to_list(), told(walk.is_open)),
        "next_opening": (many.next_opening(col, it).to_list(), told(walk.next_opening)),
        "add_days": (many.add_days(col, pl.Series(count), it).to_list(), told(walk.add_days, count)),
        "closing": (many.closing(col, pl.Series(count), it).to_list(), told(walk.closing, count)),
        "cut_off": (many.cut_off(col, it).to_list(), told(walk.cut_off)),
        "next_file": (many.next_file(col, it).to_list(), told(walk.next_file) if said.files else starts),
    }


@given(
    st.sampled_from(CHANGES), weeks, st.one_of(st.none(), st.just(""), days), st.sampled_from(["", "14:00", "26:00"]),
    st.sampled_from(FILES), rows,
)  # fmt: skip
@example(
    CHANGES[1],
    {"sat": "22:00-05:00", "sun": "06:00-21:00"},
    "01:00-03:00",
    "02:30",
    FILES[1],
    [(timedelta(0), 3600, 1)],
)
@example(CHANGES[0], {"sun": "02:15-02:45", "mon": "08:00-09:00"}, None, "02:30", FILES[1], [(timedelta(0), 60, 1)])
@settings(max_examples=80, deadline=None)
def test_the_table_and_the_walk_agree_on_every_question(
    change: tuple[str, datetime], week: Any, other: str | None, cutoff: str, files: str, some: list[Row]
) -> None:
    """Whatever is asked, of many instants at once or of one after another, the answer is the same microsecond."""
    for question, (table, walk) in asked(calendar(change, week, other, cutoff, files), change[1], some).items():
        assert table == walk, question
