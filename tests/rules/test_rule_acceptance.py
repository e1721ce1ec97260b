"""Every rule of the catalogue on the same turns of events, told from the rule itself (`tests/rules/turns.py`)."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app import stories
from app.calendar import Calendars
from app.calendar.hours import hours
from app.calendar.walk import Walk
from app.settings import Calendar
from rules import examples
from rules.kinds import KINDS
from rules.lengths import span
from rules.moments import judged
from rules.verdict import state
from tests.rules.turns import BEGIN, PROMISE, Turn, turns, written

WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
BERLIN = Calendar(zone="Europe/Berlin", hours=WEEK, cutoff="14:00")
MICRO, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
LATER = datetime(2027, 1, 15)
TURNS = list(turns())
Due = dict[str, Any]

every = pytest.mark.parametrize("turn", TURNS, ids=lambda turn: turn.name)
apart = pytest.mark.parametrize("turn", [t for t in TURNS if not t.heard], ids=lambda turn: turn.name)


def some(*chosen: Turn) -> pytest.MarkDecorator:
    """Those turns, by name."""
    return pytest.mark.parametrize("turn", chosen, ids=lambda turn: turn.name)


def judge(turn: Turn, lines: list[str], now: datetime = LATER, office: Calendar | None = None) -> list[Due]:
    """The Dues of the rule on a story."""
    clocks = Calendars({"default": office} if office else {})
    found = judged(examples.moments(stories.parse("\n".join(lines))), [turn.rule], clocks, KINDS["deadline"])
    rows: list[Due] = found.with_columns(state(now)).sort("started_at", "occurrence").to_dicts()
    return rows


def told(turn: Turn, *lines: str, now: datetime = LATER) -> Due:
    """The Due of the turn after its start and these lines."""
    return turn.picked(judge(turn, [turn.starts(), *turn.by_event, *lines], now))


def ended(turn: Turn, at: datetime, *more: str) -> Due:
    """The Due when the stop came at an instant."""
    return turn.picked(judge(turn, [*turn.ended(at), *more]))


@every
def test_a_stop_on_the_due_instant_is_met(turn: Turn) -> None:
    """To the microsecond, at a due moment that is told without the engine."""
    due = ended(turn, turn.due)
    assert (due["state"], due["due_at"]) == ("met", turn.due)
    assert due["met_at"] == due["due_at"]


@every
def test_a_stop_one_microsecond_later_is_breached(turn: Turn) -> None:
    """And the stop is known all the same."""
    due = ended(turn, turn.due + MICRO)
    assert due["state"] == "breached"
    assert due["met_at"] - due["due_at"] == MICRO


@apart
def test_without_a_stop_it_runs_to_the_due_instant_and_breaches_after(turn: Turn) -> None:
    """The due instant itself is still in time; nothing but silence is needed, and nothing tells of a stop."""
    assert told(turn, now=turn.due)["state"] == "running"
    due = told(turn, now=turn.due + MICRO)
    assert (due["state"], due["stop_event"], due["stop_arrived_at"]) == ("breached", None, None)


@every
def test_it_warns_before_it_is_due(turn: Turn) -> None:
    """After the start and before the due moment."""
    due = told(turn)
    assert due["started_at"] < due["warn_at"] < due["due_at"]


@every
def test_duplicates_and_later_stops_change_nothing(turn: Turn) -> None:
    """The same messages again, at once and later, leave the Due as it was; where each step ends a clock, only later."""
    once = ended(turn, turn.due)
    twice = [] if turn.anew and turn.start in turn.rule.stops else [turn.starts()]
    later = [turn.starts(PROMISE + timedelta(days=20)), turn.stops(PROMISE + timedelta(days=21))]
    again = ended(turn, turn.due, *twice, *later)
    same = ("started_at", "due_at", "met_at", "void_at", "state", "flags", "occurrence")
    assert {name: again[name] for name in same} == {name: once[name] for name in same}


@every
def test_the_order_in_which_things_are_told_changes_nothing(turn: Turn) -> None:
    """Backwards, with a stop and with a void after it."""
    lines = turn.ended(turn.due) + ([turn.voids(turn.due + MINUTE)] if turn.void else [])
    assert _known(judge(turn, lines)) == _known(judge(turn, lines[::-1]))


@apart
def test_what_is_pending_at_one_look_is_breached_at_a_later_one(turn: Turn) -> None:
    """Nothing between two looks is remembered: a program that starts anew in between says what the old one would have."""
    pending = [turn.starts(), *turn.by_event]
    before, after = turn.picked(judge(turn, pending, BEGIN)), turn.picked(judge(turn, pending, LATER))
    assert (before["state"], after["state"]) == ("running", "breached")
    assert before["due_at"] == after["due_at"]


@apart
def test_a_late_report_of_a_stop_in_time_takes_the_breach_back(turn: Turn) -> None:
    """Judged by when it happened, whenever it arrived; the sender is told that it came late."""
    due = told(turn, turn.stops(turn.due, "received=+9d"))
    assert (due["state"], due["flags"]) == ("met", ["reported_late"])
    assert due["stop_arrived_at"] - due["met_at"] == timedelta(days=9)
    assert told(turn, turn.stops(turn.due))["flags"] == []


@apart
def test_a_late_report_of_a_stop_too_late_stays_a_breach(turn: Turn) -> None:
    """It is over, and was late; the report is nobody's fault beside that."""
    due = told(turn, turn.stops(turn.due + MINUTE, "received=+9d"))
    assert (due["state"], due["flags"]) == ("breached", [])
    assert due["met_at"] == turn.due + MINUTE


@apart
def test_a_start_that_is_reported_after_it_was_due_is_breached_at_once(turn: Turn) -> None:
    """With its true start; what waits for the report itself begins with it."""
    lines = [turn.starts(BEGIN, f"received={LATER.isoformat()}Z"), *turn.by_event]
    due = turn.picked(judge(turn, lines, LATER + MICRO))
    if turn.rule.start_at == "received":
        assert (due["started_at"], due["state"]) == (LATER, "running")
    else:
        assert (due["started_at"], due["state"]) == (BEGIN, "breached")


@apart
def test_a_stop_told_before_its_start_counts_at_the_start(turn: Turn) -> None:
    """Five minutes of clock skew are nobody's fault; more is flagged where there is but one clock, else it is not meant."""
    near, far = BEGIN - timedelta(minutes=5), BEGIN - timedelta(minutes=5, microseconds=1)
    due = told(turn, turn.stops(near))
    assert (due["state"], due["flags"], due["met_at"]) == ("met", [], due["started_at"])
    due = told(turn, turn.stops(far))
    if turn.anew:
        assert (due["state"], due["met_at"]) == ("breached", None)
    else:
        assert (due["state"], due["flags"], due["met_at"]) == ("met", ["stop_before_start"], due["started_at"])


@some(*(t for t in TURNS if t.void and not t.heard))
def test_a_void_ends_the_clock_even_after_the_breach(turn: Turn) -> None:
    """Cancelled in time or long overdue: void, and what stops it later is too late to matter."""
    for at in (BEGIN, turn.due + MICRO, PROMISE + timedelta(days=9)):
        due = told(turn, turn.voids(at), turn.stops(PROMISE + timedelta(days=10)))
        assert (due["state"], due["met_at"], due["stop_event"]) == ("void", None, None)
        assert due["void_at"] >= due["started_at"]


@some(*(t for t in TURNS if t.void))
def test_a_void_after_the_stop_changes_nothing(turn: Turn) -> None:
    """Met stays met, and a breach that was made good too late stays a breach; in one moment the stop wins."""
    late = turn.voids(PROMISE + timedelta(days=9))
    for at, said in ((turn.due, "met"), (turn.due + MICRO, "breached")):
        due = ended(turn, at, late)
        assert (due["state"], due["void_at"]) == (said, None)
    if not turn.heard:
        assert ended(turn, turn.due, turn.voids(turn.due))["state"] == "met"


@some(*(t for t in TURNS if t.void and not t.heard))
def test_of_two_voids_the_first_counts(turn: Turn) -> None:
    """Cancelled twice is cancelled the first time."""
    due = told(turn, turn.voids(turn.due), turn.voids(PROMISE + timedelta(days=9)))
    assert due["void_at"] == turn.due


@some(*(t for t in TURNS if t.void and not t.heard))
def test_a_void_told_before_the_start_counts_within_five_minutes(turn: Turn) -> None:
    """A skewed clock is forgiven; what was cancelled before and began all the same has its clock."""
    near = told(turn, turn.voids(BEGIN - timedelta(minutes=5)))
    assert (near["state"], near["void_at"]) == ("void", near["started_at"])
    assert told(turn, turn.voids(BEGIN - timedelta(minutes=5, microseconds=1)))["state"] == "breached"


@some(*(t for t in TURNS if t.evidence))
def test_what_later_evidence_implies_starts_nothing(turn: Turn) -> None:
    """A step out of nowhere implies earlier ones: these may stop a clock and never start one."""
    line = f"{written(BEGIN)} {turn.told(turn.evidence)} fo@w=1-1 sh@w=9"
    assert judge(turn, [line]) == []


@some(*(t for t in TURNS if t.rule.final))
def test_after_a_final_step_nothing_begins(turn: Turn) -> None:
    """A scan that comes after the delivery waits for nothing."""
    final = f"{written(BEGIN - timedelta(hours=1))} {turn.told(turn.rule.final[0])}"
    assert judge(turn, [final, turn.starts()]) == []


@some(*(t for t in TURNS if t.anew and not t.heard))
def test_what_begins_anew_has_a_clock_of_its_own(turn: Turn) -> None:
    """After its stop the same start waits again; without a stop between it is one and the same."""
    again = turn.starts(turn.due + MINUTE)
    assert len(judge(turn, [turn.starts(), *turn.by_event, turn.stops(turn.due), again])) == 2
    assert len(judge(turn, [turn.starts(), *turn.by_event, again])) == (2 if turn.start in turn.rule.stops else 1)


@some(*(t for t in TURNS if t.renewed))
def test_a_new_revision_makes_the_clock_void_and_begins_another(turn: Turn) -> None:
    """One that is no newer does not."""
    at = BEGIN + MINUTE
    newer, same = (f"{written(at)} {turn.told(turn.renewed, f'rev={revision}')}" for revision in (2, 1))
    old, new = judge(turn, [turn.starts(), newer])
    assert (old["state"], old["void_at"], new["started_at"], new["occurrence"]) == ("void", at, at, "2")
    assert new["due_at"] - old["due_at"] == MINUTE
    assert len(judge(turn, [turn.starts(), same])) == 1


@some(*(t for t in TURNS if t.pauses))
def test_a_pause_over_a_weekend_takes_its_own_working_time(turn: Turn) -> None:
    """Held on Friday at 15:00 and released on Monday at 10:00, in Berlin: five working hours, and not two days."""
    friday = datetime(2026, 11, 6, 13)
    held = "2026-11-06 14:00 erp.main order.credit_held so=1 hold=credit:H1"
    released = "2026-11-09 09:00 erp.main order.credit_released so=1 hold=credit:H1"
    without = turn.picked(judge(turn, [turn.starts(friday)], office=BERLIN))
    due = turn.picked(judge(turn, [turn.starts(friday), held, released], office=BERLIN))
    walk = Walk(hours("default", BERLIN))
    paused = timedelta(hours=5) if turn.rule.clock == "B" else timedelta(hours=67)
    assert due["due_at"] == (
        walk.add(without["due_at"], paused) if turn.rule.clock == "B" else without["due_at"] + paused
    )
    other = "2026-11-06 14:00 erp.main order.hold_placed so=1 hold=export:H2"
    assert turn.picked(judge(turn, [turn.starts(friday), other], office=BERLIN))["due_at"] == without["due_at"]


@some(*(t for t in TURNS if not t.rule.due))
@pytest.mark.parametrize(
    "start",
    [
        datetime(2026, 11, 6, 16, 30),
        datetime(2026, 10, 23, 9),
        datetime(2026, 3, 27, 16, 15),
        datetime(2026, 10, 24, 23),
    ],
    ids=["weekend", "autumn", "spring", "the-night"],
)
def test_time_is_counted_over_weekends_and_clock_changes(turn: Turn, start: datetime) -> None:
    """Berlin office hours, told by a walk from day to day; elapsed time runs on over the change of the clocks."""
    walk = Walk(hours("default", BERLIN))
    due = turn.picked(judge(turn, [turn.starts(start)], office=BERLIN))["due_at"]
    if turn.rule.clock == "C":
        assert due == walk.closing(walk.cut_off(start), span(turn.target).days if turn.target else 0)
        return
    length = span(turn.target)
    if turn.rule.clock == "E":
        assert due == start + timedelta(seconds=length.seconds)
    elif length.days:
        assert due == walk.add_days(start, length.days)
    else:
        assert due == walk.add(start, timedelta(seconds=length.seconds))


@some(*(t for t in TURNS if t.rule.when))
def test_where_its_condition_fails_there_is_no_clock(turn: Turn) -> None:
    """A label that satisfies it starts the clock, another none."""
    assert len(judge(turn, [turn.starts()])) == 1
    other = Turn(turn.rule, turn.start)
    other.__dict__["labels"] = {name: "drop_ship" if name == "kind" else "nothing" for name in turn.rule.labels[1:]}
    assert [due["state"] for due in judge(other, [other.starts()])] == []


def _known(dues: list[Due]) -> list[Due]:
    """What does not hang on the numbers that a story gives its lines."""
    return [
        {name: due[name] for name in ("started_at", "due_at", "met_at", "void_at", "state", "flags")} for due in dues
    ]


#: What the trade's table of service levels says is due after a start on Monday at nine, where every hour works.
TARGETS = {
    "S01-order.captured": "02 09:15", "S02-order.created": "02 11:00", "S03-order.credit_held": "02 13:00",
    "S04-order.released": "02 09:05", "S06-fulfillment.requested": "02 13:00", "S09-load.tendered": "02 11:00",
    "S10-shipment.dispatched": "02 09:30", "S11-shipment.dispatched": "02 10:00", "S12-shipment.dispatched": "03 09:00",
    "S17-order.released": "02 09:15", "S20-shipment.posted": "03 09:00", "S21-return.requested": "03 09:00",
    "S22-return.received": "04 09:00", "S23-return.posted": "04 09:00", "S24-purchase_order.sent": "03 09:00",
    "S26-receipt.counted": "03 09:00",
}  # fmt: skip


@some(*(t for t in TURNS if t.name in TARGETS))
def test_targets_are_those_of_the_trade(turn: Turn) -> None:
    """Written here a second time, so that a slip in a rule's file is noticed by more than the rule's own examples."""
    due = turn.picked(judge(turn, [turn.starts(), *turn.by_event], BEGIN))["due_at"]
    assert f"{due:%d %H:%M}" == TARGETS[turn.name]


def test_every_target_is_asked_for() -> None:
    """A rule that is renamed does not slip out of the table."""
    assert {turn.name for turn in TURNS} >= set(TARGETS)
