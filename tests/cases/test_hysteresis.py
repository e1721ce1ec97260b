"""Faults that come and go: when it is the same case, when it flaps, how severity falls, what stays accepted."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.cases import Cases, Store
from app.cases.apply import House
from app.cases.life_cycle import Habit
from app.main.house import habits_of
from rules.book import load
from rules.kinds import KINDS
from tests.cases.desk import KIM, START, everything, intent, moves, only


def later(minutes: float) -> datetime:
    """An instant after the start."""
    return START + timedelta(minutes=minutes)


def whole(cases: Cases) -> dict[str, Any]:
    """All that is known of the one case."""
    return cases.one(only(cases)["id"])


def came_and_went(cases: Cases, times: int, every: int = 60) -> int:
    """The fault comes and goes so often, at each hour; the last number that was used."""
    for n in range(times):
        seq, at = 2 * n + 1, every * n
        cases.apply(
            [intent(seq, occurrence=str(n), minutes=at), intent(seq + 1, "clear", occurrence=str(n), minutes=at + 5)]
        )
    return 2 * times


def test_a_rule_says_within_which_time_a_fault_is_the_same(tmp_path: Path) -> None:
    """`reopen_within: 2h`: an hour later the case is reopened, three hours later there is a new one that names it."""
    told = {"ack_overdue": Habit(reopen_within=timedelta(hours=2))}
    cases = Cases(Store(f"sqlite:///{tmp_path / 'w.sqlite'}"), House(habits=told))
    cases.apply([intent(1, minutes=0), intent(2, "clear", minutes=0), intent(3, occurrence="2", minutes=60)])
    assert only(cases)["reopened"] == 1
    cases.apply([intent(4, "clear", occurrence="2", minutes=60), intent(5, occurrence="3", minutes=240)])
    old, new = sorted(everything(cases).values(), key=lambda c: c["opened_at"])
    assert (new["previous"], new["reopened"], old["status"]) == (old["id"], 0, "resolved")


def test_the_fourth_return_within_a_day_makes_a_case_flap(cases: Cases) -> None:
    """It comes and goes every hour: three reopenings are bad luck, with the fourth it stays open when it clears."""
    seq = came_and_went(cases, 4)
    assert (only(cases)["reopened"], whole(cases)["flapping"], only(cases)["status"]) == (3, False, "resolved")
    cases.apply([intent(seq + 1, occurrence="x", minutes=240), intent(seq + 2, "clear", occurrence="x", minutes=245)])
    case = whole(cases)
    assert (case["reopened"], case["flapping"], case["status"], case["condition"]) == (4, True, "new", "cleared")
    assert case["rests_at"] == "2026-11-02T14:05:00Z"  # four times a quarter of an hour after 13:05


def test_a_flapping_case_rests_when_it_has_been_quiet_for_four_times_its_keep(cases: Cases) -> None:
    """Quiet for an hour: resolved. Another return within that hour begins the wait again, and is no reopening."""
    seq = came_and_went(cases, 5)
    assert cases.tidy(later(304)) == 0
    cases.apply([intent(seq + 1, occurrence="y", minutes=300), intent(seq + 2, "clear", occurrence="y", minutes=310)])
    assert only(cases)["reopened"] == 4
    assert cases.tidy(later(369)) == 0 and only(cases)["status"] == "new"
    assert cases.tidy(later(370)) == 1
    assert (only(cases)["status"], whole(cases)["flapping"]) == ("resolved", False)


def test_four_returns_over_two_days_are_no_flapping(cases: Cases) -> None:
    """Reopenings count for a day; one every eleven hours is three at most."""
    came_and_went(cases, 6, every=11 * 60)
    assert (only(cases)["reopened"], whole(cases)["flapping"], only(cases)["status"]) == (5, False, "resolved")


def test_severity_rises_at_once_and_falls_when_the_lower_one_has_lasted(cases: Cases) -> None:
    """High, critical at once; high again counts a quarter of an hour later, and not at all if it gets worse meanwhile."""
    cases.apply([intent(1, minutes=0), intent(2, "update", severity="critical", minutes=1)])
    assert only(cases)["severity"] == "critical"
    cases.apply([intent(3, "update", severity="low", minutes=10), intent(4, "update", severity="critical", minutes=20)])
    assert cases.tidy(later(60)) == 0 and only(cases)["severity"] == "critical"
    cases.apply([intent(5, "update", severity="medium", minutes=70)])
    assert cases.tidy(later(84)) == 0
    before = only(cases)["version"]
    assert cases.tidy(later(85)) == 1
    assert (only(cases)["severity"], only(cases)["version"]) == ("medium", before + 1)


def test_a_larger_quantity_reopens_what_was_accepted_and_a_smaller_one_does_not(cases: Cases) -> None:
    """Twelve of line 1 too many were accepted: ten are no news, nor the same again; thirteen are, or another line."""
    said = {"code": "over_shipped", "rule": "ledger"}
    cases.apply([intent(1, occurrence="1:12.000000", **said)])
    case = only(cases)
    cases.act(case["id"], "resolve", 1, KIM, reason="accepted")
    cases.apply([intent(2, occurrence="1:10.000000", **said), intent(3, "clear", occurrence="1:12.000000", **said)])
    cases.apply([intent(4, occurrence="1:12.000000", **said)])
    assert (only(cases)["status"], only(cases)["condition"]) == ("resolved", "active")
    cases.apply([intent(5, occurrence="1:13.000000", **said)])
    assert (only(cases)["status"], only(cases)["reopened"]) == ("new", 1)
    cases.act(case["id"], "resolve", only(cases)["version"], KIM, reason="accepted")
    cases.apply([intent(6, occurrence="1:13.000000 2:1.000000", **said)])
    assert (only(cases)["status"], only(cases)["reopened"]) == ("new", 2)


def test_a_new_revision_reopens_what_was_accepted(cases: Cases) -> None:
    """Another occurrence of the clock is another fact; the one that was accepted is none."""
    cases.apply([intent(1)])
    cases.act(only(cases)["id"], "resolve", 1, KIM, reason="not_a_fault")
    cases.apply([intent(2), intent(3, "update", severity="low"), intent(4, "update", severity="high")])
    assert only(cases)["status"] == "resolved"
    cases.apply([intent(5, occurrence="2")])
    assert (only(cases)["status"], only(cases)["reopened"]) == ("new", 1)


def test_what_was_accepted_stays_so_after_it_was_closed(cases: Cases) -> None:
    """Thirty days later the engine says the same fault again, as after a restore: no new case. A worse one is new."""
    cases.apply([intent(1)])
    cases.act(only(cases)["id"], "resolve", 1, KIM, reason="accepted")
    cases.tidy(START + timedelta(days=4000))
    assert only(cases)["status"] == "closed"
    cases.apply([intent(2)])
    assert len(everything(cases)) == 1
    cases.apply([intent(3, severity="critical")])
    assert len(everything(cases)) == 2


def test_who_works_on_it_is_asked_to_close_it_and_has_a_day(cases: Cases, noon: object) -> None:
    """Cleared while in progress: the status stays, also when it is put to waiting; a day after the news it resolves."""
    cases.apply([intent(1)])
    key = only(cases)["id"]
    cases.act(key, "acknowledge", 1, KIM)
    cases.act(key, "start", 2, KIM)
    cases.apply([intent(2, "clear", met_at=START - timedelta(days=3), minutes=60)])
    assert (only(cases)["status"], only(cases)["cleared_at"]) == ("in_progress", "2026-10-30T09:00:00Z")
    assert cases.tidy(later(60 + 24 * 60 - 1)) == 0
    cases.tidy(later(60 + 24 * 60))
    assert only(cases)["status"] == "resolved" and moves(cases)[-1].action == "tidy"


def test_the_catalogue_says_how_its_faults_come_and_go() -> None:
    """Every code of the catalogue has its times; where a rule says none they are a day and a quarter of an hour."""
    told = habits_of(load(KINDS))
    assert told["ack_overdue"] == Habit(timedelta(hours=24), timedelta(minutes=15))
    (rule,) = (r for r in load(KINDS) if r.id == "S06")
    other = rule.model_copy(update={"reopen_within": "6h", "keep": "1h"})
    assert habits_of([rule, other])["ack_overdue"] == Habit(timedelta(hours=24), timedelta(hours=1))
    assert other.rule_version == rule.rule_version
