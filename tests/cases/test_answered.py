"""S27 and S28: how soon exceptions are taken and settled, from what people did. People act at noon of a Monday."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.calendar import Calendars
from app.cases import Cases
from app.cases.answered import Answered, counted, judged
from app.settings import Calendar, Partner
from app.terms import Answers, Targets
from tests.cases.desk import KIM, START, desk, everything, intent
from tests.cases.test_laws import ENGINE, PEOPLE, RAISED, STEPS, _step

NOON = 180
ALWAYS: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri", "sat", "sun"), "00:00-24:00")
WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-13:00")


def answers(cases: Cases, terms: Answers | None = None, **calendars: Calendar) -> Answered:
    """The clocks of a desk with these calendars; 3pl.west keeps `west`."""
    return Answered(cases.store, Calendars(calendars), terms, {"3pl.west": Partner(calendar="west")}, calendars)


def states(found: Answered, minutes: float = NOON, rule: str = "S27") -> list[str]:
    """The states so many minutes after the start, in the order of the starts."""
    clocks = judged(found.clocks(), START + timedelta(minutes=minutes)).sort("started_at")
    return clocks.filter(clocks["rule"] == rule)["state"].to_list()


def dues(found: Answered, rule: str) -> list[datetime]:
    """The due moments of a rule, in the order of the starts."""
    clocks = found.clocks().sort("started_at")
    return clocks.filter(clocks["rule"] == rule)["due_at"].to_list()


def test_an_exception_is_taken_in_time_up_to_the_very_moment(cases: Cases, noon: object) -> None:
    """Critical, raised a quarter of an hour before somebody acknowledges it: met. A minute earlier: breached."""
    cases.apply([intent(1, subject="fo:a", severity="critical", minutes=NOON - 16)])
    cases.apply([intent(2, subject="fo:b", severity="critical", minutes=NOON - 15)])
    cases.apply([intent(3, subject="fo:c", severity="critical", minutes=NOON - 1)])
    found = answers(cases)
    assert states(found) == ["breached", "running", "running"]
    for key, case in everything(cases).items():
        if case["subject"]["key"] != "fo:c":
            cases.act(key, "acknowledge", 1, KIM)
    assert states(found) == ["breached", "met", "running"] and states(found, NOON + 15) == [
        "breached",
        "met",
        "breached",
    ]


def test_whatever_a_person_does_with_a_new_case_takes_it(cases: Cases, noon: object) -> None:
    """Assigned, snoozed or settled at once: somebody has seen it. A comment alone leaves it new."""
    cases.apply([intent(n, subject=f"fo:{n}", minutes=NOON - 10) for n in range(1, 5)])
    said: dict[str, dict[str, Any]] = {
        "fo:1": {"action": "assign", "owner": "ann"}, "fo:2": {"action": "snooze", "until": START + timedelta(days=2)},
        "fo:3": {"action": "resolve", "reason": "accepted"}, "fo:4": {"action": "comment", "text": "seen"},
    }  # fmt: skip
    for key, case in everything(cases).items():
        words = dict(said[case["subject"]["key"]])
        cases.act(key, words.pop("action"), 1, KIM, **words)
    by = answers(cases).attainment("S27", None, None, "severity", START + timedelta(minutes=NOON))
    assert [(row["severity"], row["met"], row["running"], row["attainment"]) for row in by] == [("high", 3, 1, 1.0)]


def test_what_heals_before_its_moment_asks_nobody_and_later_it_was_missed(cases: Cases, noon: object) -> None:
    """High, an hour: gone after half an hour is void; gone after two hours, and nobody had taken it, is breached."""
    cases.apply([intent(1, minutes=0), intent(2, "clear", minutes=30)])
    cases.apply([intent(3, subject="fo:b", minutes=1), intent(4, "clear", subject="fo:b", minutes=121)])
    found = answers(cases)
    assert states(found) == ["void", "breached"] and states(found, rule="S28") == ["met", "met"]


def test_a_reopened_case_must_be_taken_again_and_its_settling_runs_on(cases: Cases, noon: object) -> None:
    """Cleared after half an hour, back after two: a second S27 from then; the one S28 from the very beginning."""
    cases.apply([intent(1, minutes=0), intent(2, "clear", minutes=30), intent(3, occurrence="2", minutes=120)])
    found = answers(cases)
    assert dues(found, "S27") == [START + timedelta(minutes=60), START + timedelta(minutes=180)]
    assert dues(found, "S28") == [START + timedelta(hours=8)] and states(found, rule="S28") == ["running"]
    cases.apply([intent(4, "clear", occurrence="2", minutes=9 * 60)])
    assert states(found, rule="S28") == ["breached"] and states(found) == ["void", "breached"]


def test_the_target_is_that_of_the_severity_that_counts(cases: Cases, noon: object) -> None:
    """Raised as high and made critical: a quarter of an hour from the start. Taken as high it stays an hour."""
    cases.apply([intent(1, minutes=NOON - 30), intent(2, "update", severity="critical", minutes=NOON - 20)])
    cases.apply([intent(3, subject="fo:b", minutes=NOON - 29)])
    found = answers(cases)
    assert states(found) == ["breached", "running"]
    (other,) = (c for c in everything(cases).values() if c["subject"]["key"] == "fo:b")
    cases.act(other["id"], "acknowledge", 1, KIM)
    cases.apply([intent(4, "update", subject="fo:b", severity="critical", minutes=NOON + 1)])
    assert states(found) == ["breached", "met"]


def test_all_but_critical_ones_run_on_the_hours_of_the_team(tmp_path: Path, noon: object) -> None:
    """The desk of 3pl.west keeps its partner's calendar, a team of its own name its own, the others `default`."""
    cases = desk(tmp_path)
    cases.apply([intent(1, minutes=180), intent(2, subject="fo:b", owner="credit", minutes=181)])
    cases.apply(
        [
            intent(3, subject="fo:c", owner="order-desk", minutes=182),
            intent(4, subject="fo:d", severity="critical", minutes=183),
        ]
    )
    hours = Calendar(hours=WEEK)
    found = answers(
        cases, west=hours, credit=Calendar(hours=WEEK | {"mon": "08:00-12:30"}), default=Calendar(hours=ALWAYS)
    )
    monday = START.replace(hour=0)
    assert dues(found, "S27") == [
        monday + timedelta(hours=13), monday + timedelta(hours=32, minutes=31), START + timedelta(minutes=182 + 60),
        START + timedelta(minutes=183 + 15),
    ]  # fmt: skip
    assert dues(found, "S28")[0] == monday + timedelta(days=2, hours=10)  # one hour, a day of five, and two more


def test_working_days_are_working_days(tmp_path: Path) -> None:
    """Low, raised on a Monday: five working days later is the next Monday, at the same time."""
    cases = desk(tmp_path)
    cases.apply([intent(1, severity="low", minutes=60)])
    found = answers(cases, west=Calendar(hours=WEEK))
    assert dues(found, "S28") == [START + timedelta(days=7, minutes=60)]


def test_what_came_too_late_or_was_never_so_or_is_folded_is_not_counted(cases: Cases, noon: object) -> None:
    """Found late: no clock. A retraction: void, however late. Folded under its cause: answered with that one."""
    cases.apply([
        intent(1, subject="fo:a", found_late=True, condition="cleared", minutes=0),
        intent(2, subject="fo:b", minutes=1), intent(3, "void", subject="fo:b", minutes=170),
        intent(4, code="release_overdue", subject="ord_2", order_id="ord_2", minutes=2),
        intent(5, code="order_blocked", subject="ord_2", order_id="ord_2", minutes=3),
    ])  # fmt: skip
    found = answers(cases)
    assert states(found) == ["void", "breached"] and states(found, rule="S28") == ["void", "running"]


def test_both_are_defined_and_counted_like_any_other_sla(cases: Cases, noon: object) -> None:
    """Numerator, denominator, by owner and partner, in a period of due moments; objectives come from the settings."""
    terms = Answers(acknowledge=Targets(critical="5m", high="30m", medium="1h", low="2h"), acknowledge_objective=0.9)
    cases.apply([intent(1, minutes=NOON - 20), intent(2, subject="fo:b", minutes=0, partner="3pl.east")])
    cases.act(next(k for k, c in everything(cases).items() if c["partner"] == "3pl.west"), "acknowledge", 1, KIM)
    found, now = answers(cases, terms), START + timedelta(minutes=NOON)
    first, second = found.slas(now)
    assert (first["id"], first["objective"], first["target"]) == (
        "S27",
        0.9,
        "critical 5m, high 30m, medium 1h, low 2h",
    )
    assert (first["numerator"], first["denominator"], first["attainment"]) == (1, 2, 0.5)
    assert (second["id"], second["running"], second["attainment"]) == ("S28", 2, None)
    by = found.attainment("S27", None, None, "partner", now)
    assert [(row["partner"], row["met"], row["breached_open"]) for row in by] == [
        ("3pl.east", 0, 1),
        ("3pl.west", 1, 0),
    ]
    assert found.attainment("S27", now, None, "owner", now)[0]["owner"] == "3pl.west-desk"
    assert found.slas(now, START - timedelta(days=9), START - timedelta(days=8))[0]["denominator"] == 0


def test_working_days_do_not_run_around_the_clock() -> None:
    """A target in working days for a severity that counts elapsed time is a mistake of the settings."""
    with pytest.raises(ValidationError, match="working days do not run around the clock"):
        Answers(elapsed=("critical", "low"))


@settings(max_examples=25, deadline=None)
@given(STEPS, st.sets(st.integers(0, 25)))
def test_read_bit_by_bit_or_at_once_the_clocks_are_the_same(steps: list[Any], looks: set[int]) -> None:
    """Whatever happened, and whenever somebody looked in between: the same clocks, and no case with two that run."""
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        kept = answers(cases)
        for at, step in enumerate(steps):
            if at in looks:
                kept.clocks()
            _step(cases, at + 1, step, 2 * at)
        found, again = (one.clocks().sort("rule", "case_id", "started_at") for one in (kept, answers(cases)))
        cases.close()
    assert found.equals(again)
    now = START + timedelta(days=3)
    running = judged(found, now).filter(~judged(found, now)["over"])
    assert running.select("rule", "case_id").is_unique().all()
    counts = counted(found, now, None, None, ("rule",))
    assert sum(row["denominator"] + row["running"] + row["void"] for row in counts) == found.height


@settings(max_examples=25, deadline=None)
@given(RAISED, st.lists(ENGINE, max_size=12), st.lists(PEOPLE, max_size=6))
def test_asked_later_the_clocks_of_an_instant_are_as_they_stood(
    raised: list[Any], engine: list[Any], people: Any
) -> None:
    """Severity, owner, fold and end of each case are those of then, whatever was done since."""
    order = ("rule", "case_id", "started_at")
    with tempfile.TemporaryDirectory() as folder:
        cases = desk(Path(folder))
        found, seen = answers(cases), []
        for at, step in enumerate([*raised, *engine]):
            _step(cases, at + 1, step, 2 * at)
            seen.append(found.clocks().sort(order))
        for step in people:
            _step(cases, 0, step, 0)
        again = [found.clocks(START + timedelta(hours=2 * at)).sort(order) for at in range(len(seen))]
        cases.close()
    assert all(one.equals(other) for one, other in zip(seen, again, strict=True))
