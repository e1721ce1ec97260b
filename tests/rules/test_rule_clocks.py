"""The clocks of a deadline beyond plain working time: pauses, cut-offs, files, and calendars that change meanwhile."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app import stories
from app.calendar import Calendars
from app.contracts import MOMENT
from app.model.taxonomy import EVENTS, RANK
from app.settings import Calendar
from rules import book, examples
from rules.kinds import KINDS
from rules.moments import judged
from rules.rule import Deadline
from rules.verdict import state

WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
DESK: dict[str, Any] = {"hours": WEEK}
SHIP: dict[str, Any] = {
    "id": "T01", "code": "ship_overdue", "title": "Shipped", "kind": "deadline", "over": "fo",
    "start": "fulfillment.requested", "stop": "shipment.dispatched", "void": "fulfillment.cancelled",
    "calendar": "node", "owner": "partner", "runbook": "Ask the warehouse what keeps it.", "warn": "50%",
}  # fmt: skip
LATER = "2026-11-30 12:00"
ASKED = "2026-11-06 15:00 mw.hub fulfillment.requested so=1 fo=1-1 partner=3pl.west\n"
HOLDS = ["order.hold_placed"]


def due(story: str, desk: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    """The one Due of a story under a rule for shipping, on a desk's calendar."""
    rule = book.resolve([Deadline.model_validate(SHIP | said)])[0]
    clocks = Calendars({"default": Calendar.model_validate(DESK | (desk or {}))})
    found = judged(examples.moments(stories.parse(story)), [rule], clocks, KINDS["deadline"])
    return found.with_columns(state(stories.instant(LATER))).row(0, named=True)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of November 2026; the 6th is a Friday."""
    return datetime(2026, 11, day, hour, minute)


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        ("2026-11-06 13:59", "", at(6, 18)),
        ("2026-11-06 14:00", "", at(9, 18)),
        ("2026-11-07 09:00", "", at(9, 18)),
        ("2026-11-06 13:59", "1 working day", at(9, 18)),
        ("2026-11-06 14:00", "1 working day", at(10, 18)),
    ],
)
def test_a_cut_off_decides_whose_day_it_is(start: str, days: str, expected: datetime) -> None:
    """Before the cut-off closing time of the day, from the cut-off on that of the next working day; or days later."""
    story = ASKED.replace("2026-11-06 15:00", start)
    assert due(story, clock="C", cutoff="14:00", target=days)["due_at"] == expected
    assert due(story, {"cutoff": "14:00"}, clock="C", cutoff="09:00", target=days)["due_at"] == expected


def test_a_cut_off_warns_after_a_share_of_the_working_time() -> None:
    """From Friday 15:00 to Monday 18:00 are 13 working hours; half of them end on Monday at 11:30."""
    assert due(ASKED, clock="C", cutoff="14:00")["warn_at"] == at(9, 11, 30)


def test_a_file_is_waited_for_and_then_the_target_runs() -> None:
    """At 15:00 the next of the files at 6, 14 and 22 comes at 22:00, and half an hour of elapsed time later it is due."""
    files = {"files": ("FREQ=DAILY;BYHOUR=6,14,22",)}
    found = due(ASKED, files, clock="W", target="30m")
    assert (found["due_at"], found["warn_at"]) == (at(6, 22, 30), at(6, 18, 45))
    on_the_dot = due(ASKED.replace("15:00", "14:00"), files, clock="W", target="30m")
    assert on_the_dot["due_at"] == at(6, 14, 30)


def test_files_that_come_no_more_leave_nothing_due() -> None:
    """A rule that ended years ago gives no file to wait for."""
    files = {"files": ("FREQ=DAILY;COUNT=3",)}
    found = due(ASKED, files, clock="W", target="30m")
    assert (found["due_at"], found["warn_at"], found["state"]) == (None, None, "running")


def test_an_override_changes_the_clock_of_some() -> None:
    """Who takes files has the clock of files; the others keep theirs."""
    override = [{"when": {"channel": "file"}, "clock": "W", "target": "15m"}]
    files = {"files": ("FREQ=DAILY;BYHOUR=22",)}
    said = {"clock": "B", "target": "4h", "override": override}
    assert due(ASKED, files, **said)["due_at"] == at(9, 9)
    assert due(ASKED.replace("partner=", "channel=file partner="), files, **said)["due_at"] == at(6, 22, 15)
    same_day = {"clock": "B", "target": "4h", "override": [{"when": {"partner": "3pl.west"}, "clock": "C"}]}
    assert due(ASKED, {"cutoff": "15:30"}, **same_day)["due_at"] == at(6, 18)
    assert due(ASKED, {"cutoff": "15:00"}, **same_day)["due_at"] == at(9, 18)


def test_a_pause_takes_its_own_working_time() -> None:
    """
    16:00 erp.main order.hold_placed so=1 hold=customer:H1
    2026-11-09 10:00 erp.main order.hold_released so=1 hold=customer:H1
    """
    story = ASKED + str(test_a_pause_takes_its_own_working_time.__doc__)
    found = due(story, clock="B", target="4h", pause=HOLDS)
    assert (found["started_at"], found["due_at"], found["warn_at"]) == (at(6, 15), at(9, 13), at(9, 11))
    assert due(story, clock="E", target="4h", pause=HOLDS)["due_at"] == at(9, 13)
    assert due(story, clock="B", target="4h")["due_at"] == at(9, 9)


def test_a_target_in_working_days_is_paused_too() -> None:
    """
    16:00 erp.main order.hold_placed so=1 hold=customer:H1
    17:00 erp.main order.hold_released so=1 hold=customer:H1
    """
    story = ASKED + str(test_a_target_in_working_days_is_paused_too.__doc__)
    assert due(story, clock="B", target="1 working day", pause=HOLDS)["due_at"] == at(9, 16)


def test_an_open_pause_has_no_due_moment_until_the_stop() -> None:
    """
    16:00 erp.main order.hold_placed so=1 hold=customer:H1
    """
    story = ASKED + str(test_an_open_pause_has_no_due_moment_until_the_stop.__doc__)
    found = due(story, clock="B", target="4h", pause=HOLDS)
    assert (found["due_at"], found["warn_at"], found["state"]) == (None, None, "running")
    shipped = due(
        story + "2026-11-10 09:00 3pl.west shipment.dispatched so=1 fo=1-1\n", clock="B", target="4h", pause=HOLDS
    )
    assert (shipped["due_at"], shipped["state"]) == (at(10, 12), "met")


def test_a_pause_at_the_due_moment_comes_too_late() -> None:
    """
    17:00 erp.main order.hold_placed so=1 hold=customer:H1
    """
    story = ASKED + str(test_a_pause_at_the_due_moment_comes_too_late.__doc__)
    found = due(story, clock="B", target="2h", pause=HOLDS)
    assert (found["due_at"], found["state"]) == (at(6, 17), "breached")


HOLIDAY = {"date": "2026-11-09", "author": "anna", "published": "2026-11-08T12:00:00Z"}


@pytest.mark.parametrize(
    ("stop", "expected"),
    [("", at(10, 9)), ("2026-11-08 12:00", at(10, 9)), ("2026-11-08 11:59", at(9, 9)), ("2026-11-10 10:00", at(10, 9))],
)
def test_a_correction_moves_what_had_not_ended_when_it_was_published(stop: str, expected: datetime) -> None:
    """A holiday proclaimed on Sunday noon moves what still ran, and what ended at that instant or later."""
    story = ASKED + (f"{stop} 3pl.west shipment.dispatched so=1 fo=1-1\n" if stop else "")
    assert due(story, {"corrections": (HOLIDAY,)}, clock="B", target="4h")["due_at"] == expected


def test_a_clock_keeps_the_calendar_of_its_start() -> None:
    """New hours from Saturday on are for what starts then; what had started on Friday runs on the old ones."""
    change = {"changes": ({"since": "2026-11-07", "hours": dict.fromkeys(WEEK, "06:00-20:00")},)}
    assert due(ASKED, change, clock="B", target="4h")["due_at"] == at(9, 9)
    assert due(ASKED.replace("11-06", "11-07"), change, clock="B", target="4h")["due_at"] == at(9, 10)


@pytest.mark.parametrize(
    "said",
    [
        {"clock": "C", "target": "4h"},
        {"clock": "C", "due": "promised_at"},
        {"clock": "C", "cutoff": "2 pm"},
        {"clock": "W", "target": "1 working day"},
        {"clock": "W", "due": "promised_at"},
        {"clock": "W", "target": "1h", "pause": HOLDS},
        {"clock": "B", "target": "1h", "pause": HOLDS, "restart": "hold_end"},
        {"clock": "B", "target": "1h", "pause": ["order.created"]},
        {"clock": "B", "target": "4h", "override": [{"when": {"tier": "gold"}, "clock": "C", "target": "4h"}]},
        {
            "clock": "B",
            "target": "4h",
            "override": [{"when": {"tier": "gold"}, "clock": "W", "target": "1 working day"}],
        },
        {"clock": "B", "target": "1 working day", "override": [{"when": {"tier": "gold"}, "clock": "E"}]},
        {"clock": "E"},
    ],
)
def test_words_that_do_not_go_together_are_refused(said: dict[str, Any]) -> None:
    """A clock knows its own words; the fault stands at the rule."""
    with pytest.raises(ValidationError):
        Deadline.model_validate(SHIP | said)


PAUSED = Deadline.model_validate(
    SHIP | {"clock": "B", "target": "6h", "pause": HOLDS, "over": "order", "calendar": "default"}
)
spans = st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=4)


def moment(name: str, minutes: int, hold: str | None = None) -> dict[str, Any]:
    """One moment of the order, some minutes after Friday noon."""
    when = at(6, 12) + timedelta(minutes=minutes)
    row = dict.fromkeys(MOMENT) | {
        "subject_type": "order",
        "subject": "one",
        "order_no": 1,
        "type": name,
        "hold_id": hold,
    }
    row |= {
        "occurred_at": when,
        "arrived_at": when,
        "source": "erp.main",
        "source_rank": 0,
        "event_id": minutes,
    }
    return row | {"stage_rank": RANK.get(EVENTS[name][1])}


@given(spans)
@settings(max_examples=60, deadline=None)
def test_a_paused_clock_is_due_when_its_own_working_time_is_over(some: list[tuple[int, int]]) -> None:
    """Half hours that are worked and not paused, counted one by one from the start, are six hours at the due moment."""
    calendars = Calendars({"default": Calendar(hours=WEEK)})
    rows = [moment("fulfillment.requested", 0)]
    for n, (begin, length) in enumerate(some):
        rows.append(moment("order.hold_placed", 30 * begin, f"H{n}"))
        rows.append(moment("order.hold_released", 30 * (begin + length), f"H{n}"))
    found = judged(pl.DataFrame(rows, schema=MOMENT), [book.resolve([PAUSED])[0]], calendars, KINDS["deadline"])
    ran, tick = 0, 0
    while ran < 12:
        paused = any(begin <= tick < begin + length for begin, length in some)
        worked = calendars.is_open(pl.Series([at(6, 12) + timedelta(minutes=30 * tick)]), pl.Series(["default"]))[0]
        ran, tick = ran + (worked and not paused), tick + 1
    assert found["due_at"].to_list() == [at(6, 12) + timedelta(minutes=30 * tick)]
