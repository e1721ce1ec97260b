"""Every rule of the catalogue on the same turns of events: exactly due, a microsecond late, twice, backwards, void."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app.settings import Calendar

Judge = Callable[..., list[dict[str, Any]]]
WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
OFFICE = {"default": Calendar(zone="Europe/Berlin", hours=WEEK)}


@dataclass(frozen=True)
class Turn:
    """A rule told from a Monday at 9:00 UTC: what starts it, what stops it, what ends it, and when it is due."""

    rule: str
    start: str
    stop: str
    due: str
    void: str = "erp.main order.cancelled so=1"
    which: str = "1"


TURNS = [
    Turn("S01", "ecom.shop order.captured ch=W1 so=1", "erp.main order.created so=1", "2026-11-02 09:15"),
    Turn("S02", "erp.main order.created so=1", "erp.main order.released so=1", "2026-11-02 11:00"),
    Turn("S04", "erp.main order.released so=1 fo@w=1-1", "mw.hub fulfillment.requested fo@w=1-1", "2026-11-02 09:05"),
    Turn(
        rule="S06",
        start="mw.hub fulfillment.requested so=1 fo@w=1-1",
        stop="wms.w fulfillment.acknowledged fo@w=1-1",
        due="2026-11-02 13:00",
    ),
    Turn(
        rule="S14",
        start="erp.main order.created so=1 promised=2026-11-04T12:00Z",
        stop="carrier.ups shipment.delivered so=1",
        due="2026-11-04 12:00",
    ),
    Turn(
        rule="S17",
        start="erp.main order.released so=1",
        stop="crm.main crm.order_status_updated so=1 status=Released",
        due="2026-11-02 09:15",
        which="order.released",
    ),
    Turn(
        rule="S20",
        start="erp.main shipment.posted so=1 sh@w=9",
        stop="erp.main invoice.posted so=1 sh@w=9",
        due="2026-11-03 09:00",
        void="wms.w shipment.voided sh@w=9",
    ),
]
LATER = "2026-11-30 12:00"


@pytest.fixture(params=TURNS, ids=lambda turn: turn.rule)
def turn(request: pytest.FixtureRequest) -> Turn:
    """Each rule in turn."""
    assert isinstance(request.param, Turn)
    return request.param


def told(judge: Judge, turn: Turn, *lines: str, now: str = LATER) -> dict[str, Any]:
    """The one Due of the rule after the start and these lines."""
    story = "\n".join([f"2026-11-02 09:00 {turn.start}", *lines])
    found = [due for due in judge(turn.rule, story, now) if due["occurrence"] == turn.which]
    assert len(found) == 1
    return found[0]


def just_after(due: str) -> str:
    """One microsecond later."""
    return f"{due}:00.000001"


def test_a_stop_on_the_due_instant_is_met(judge: Judge, turn: Turn) -> None:
    """To the microsecond."""
    due = told(judge, turn, f"{turn.due} {turn.stop}")
    assert (due["state"], str(due["due_at"])) == ("met", f"{turn.due}:00")
    assert due["met_at"] == due["due_at"]


def test_a_stop_one_microsecond_later_is_breached(judge: Judge, turn: Turn) -> None:
    """And the stop is known all the same."""
    due = told(judge, turn, f"{just_after(turn.due)} {turn.stop}")
    assert due["state"] == "breached"
    assert due["met_at"] > due["due_at"]


def test_without_a_stop_it_runs_to_the_due_instant_and_breaches_after(judge: Judge, turn: Turn) -> None:
    """The due instant itself is still in time."""
    assert told(judge, turn, now=turn.due)["state"] == "running"
    assert told(judge, turn, now=just_after(turn.due))["state"] == "breached"


def test_it_warns_before_it_is_due(judge: Judge, turn: Turn) -> None:
    """After the start and before the due moment."""
    due = told(judge, turn)
    assert due["started_at"] < due["warn_at"] < due["due_at"]


def test_duplicates_and_later_stops_change_nothing(judge: Judge, turn: Turn) -> None:
    """The same messages again, later and late, leave the Due as it was."""
    once = told(judge, turn, f"{turn.due} {turn.stop}")
    again = [f"2026-11-05 09:00 {turn.start}", f"2026-11-06 09:00 {turn.stop}"]
    assert told(judge, turn, f"{turn.due} {turn.stop}", *again) == once


def test_a_late_report_of_a_stop_in_time_takes_the_breach_back(judge: Judge, turn: Turn) -> None:
    """Judged by when it happened, whenever it arrived; the arrival is told."""
    due = told(judge, turn, f"{turn.due} {turn.stop} received=+9d")
    assert due["state"] == "met"
    assert due["stop_arrived_at"] - due["met_at"] == timedelta(days=9)


def test_a_stop_told_before_its_start_counts_at_the_start(judge: Judge, turn: Turn) -> None:
    """Five minutes of clock skew are nobody's fault; more is flagged, and is met all the same."""
    near = told(judge, turn, f"2026-11-02 08:55 {turn.stop}")
    far = told(judge, turn, f"2026-11-02 08:54:59.999999 {turn.stop}")
    assert (near["state"], near["flags"]) == ("met", [])
    assert (far["state"], far["flags"]) == ("met", ["stop_before_start"])
    assert near["met_at"] == far["met_at"] == near["started_at"]


def test_a_void_ends_the_clock_even_after_the_breach(judge: Judge, turn: Turn) -> None:
    """Cancelled in time or long overdue: void, and what stops it later is too late to matter."""
    for at in ("2026-11-02 09:00", just_after(turn.due), "2026-11-20 09:00"):
        due = told(judge, turn, f"{at} {turn.void}", f"2026-11-21 09:00 {turn.stop}")
        assert (due["state"], due["met_at"], due["stop_event"]) == ("void", None, None)
        assert due["void_at"] >= due["started_at"]


def test_a_void_after_the_stop_changes_nothing(judge: Judge, turn: Turn) -> None:
    """Met stays met, and a breach that was made good too late stays a breach."""
    for at, state in ((turn.due, "met"), (just_after(turn.due), "breached")):
        due = told(judge, turn, f"{at} {turn.stop}", f"2026-11-20 09:00 {turn.void}")
        assert (due["state"], due["void_at"]) == (state, None)


def test_of_two_voids_the_first_counts_and_a_stop_at_that_instant_wins(judge: Judge, turn: Turn) -> None:
    """Cancelled twice is cancelled the first time; cancelled in the very moment of the stop is met."""
    twice = told(judge, turn, f"{turn.due} {turn.void}", f"2026-11-20 09:00 {turn.void}")
    assert twice["void_at"] == twice["due_at"]
    assert told(judge, turn, f"{turn.due} {turn.void}", f"{turn.due} {turn.stop}")["state"] == "met"


def test_a_void_told_before_the_start_counts_within_five_minutes(judge: Judge, turn: Turn) -> None:
    """A skewed clock is forgiven; what was cancelled before and began all the same has its clock."""
    near = told(judge, turn, f"2026-11-02 08:55 {turn.void}")
    assert (near["state"], near["void_at"]) == ("void", near["started_at"])
    assert told(judge, turn, f"2026-11-02 08:54:59.999999 {turn.void}")["state"] == "breached"


def test_what_later_evidence_implies_starts_nothing(judge: Judge, turn: Turn) -> None:
    """A delivery out of nowhere implies earlier steps: these may stop a clock and never start one."""
    story = "2026-11-02 09:00 carrier.ups shipment.picked_up so=1 fo@w=1-1 sh@w=9"
    assert judge(turn.rule, story, LATER) == []


@pytest.mark.parametrize(
    ("rule", "start", "due"),
    [
        ("S02", "2026-11-06 16:30 erp.main order.created so=1", "2026-11-09 08:30"),
        ("S06", "2026-11-06 13:00 mw.hub fulfillment.requested fo@w=1-1", "2026-11-06 17:00"),
        ("S06", "2026-11-07 13:00 mw.hub fulfillment.requested fo@w=1-1", "2026-11-09 11:00"),
        ("S20", "2026-11-06 16:30 erp.main shipment.posted sh@w=9", "2026-11-09 16:30"),
        ("S20", "2026-10-23 09:00 erp.main shipment.posted sh@w=9", "2026-10-26 10:00"),
        ("S02", "2026-03-27 16:30 erp.main order.created so=1", "2026-03-30 07:30"),
    ],
)
def test_business_time_rests_at_weekends_and_follows_the_wall(judge: Judge, rule: str, start: str, due: str) -> None:
    """Berlin office hours: over a weekend, at closing time, over both clock changes."""
    found = judge(rule, start, LATER, calendars=OFFICE)
    assert [str(row["due_at"]) for row in found] == [f"{due}:00"]
