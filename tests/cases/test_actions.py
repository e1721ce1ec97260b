"""What people do to cases: what is allowed, what is stale, and that nothing is recorded twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from app.cases import Cases
from app.cases.life_cycle import ALLOWED, STATUSES
from app.errors import Conflict, NotFound, Stale
from tests.cases.desk import KIM, LEE, START, everything, intent, moves, only


@pytest.fixture
def case(cases: Cases, noon: datetime) -> str:
    """The id of a new case."""
    cases.apply([intent(1)])
    return str(only(cases)["id"])


def test_an_acknowledgment_names_the_person_and_is_one_move(cases: Cases, case: str) -> None:
    """The history says who, when, by which door, from what to what."""
    after = cases.act(case, "acknowledge", 1, KIM, "web")
    assert (after["status"], after["version"], after["acknowledged_at"]) == ("acknowledged", 2, "2026-11-02T12:00:00Z")
    last = cases.one(case)["history"][-1]
    assert (last["actor"], last["via"], last["from"], last["to"]) == ("kim", "web", "new", "acknowledged")


def test_twice_the_same_by_the_same_person_is_done_once(cases: Cases, case: str) -> None:
    """A second click, or a retry after a lost answer, is answered and not repeated."""
    first = cases.act(case, "acknowledge", 1, KIM)
    assert cases.act(case, "acknowledge", 1, KIM) == first == cases.act(case, "acknowledge", 2, KIM)
    cases.act(case, "comment", 2, KIM, text="called them")
    cases.act(case, "comment", 2, KIM, text="called them")
    assert [m.action for m in moves(cases)] == ["raise", "acknowledge", "comment"]


def test_another_person_with_the_old_version_is_told_who_was_first(cases: Cases, case: str) -> None:
    """Stale: nothing done; the failure carries the case as it is."""
    cases.act(case, "acknowledge", 1, KIM)
    with pytest.raises(Stale, match="acknowledge by kim") as told:
        cases.act(case, "acknowledge", 1, LEE)
    assert told.value.extra["case"]["version"] == 2  # type: ignore[index]
    with pytest.raises(Conflict):
        cases.act(case, "acknowledge", 2, LEE)
    assert cases.act(case, "assign", 2, LEE, owner="lee")["owner"] == "lee"


def test_of_two_at_once_one_wins(cases: Cases, case: str) -> None:
    """Two threads, one version, many rounds: exactly one acknowledgment each time, the other is Stale."""
    cases.apply([intent(n, subject=f"fo:w:{n}", order_id=f"ord_{n}") for n in range(2, 22)])

    def tried(args: tuple[str, object]) -> str:
        try:
            cases.act(args[0], "acknowledge", 1, args[1])  # type: ignore[arg-type]
            return "done"
        except Stale:
            return "stale"

    ids = [key for key in everything(cases) if key != case]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(tried, [(key, who) for key in ids for who in (KIM, LEE)]))
    assert told.count("done") == told.count("stale") == len(ids) == 20
    assert sum(m.action == "acknowledge" for m in moves(cases)) == 20


@pytest.mark.parametrize("action", sorted(set(ALLOWED) - {"comment", "assign"}))
def test_resolve_beats_every_other_action_on_the_same_version(cases: Cases, case: str, action: str) -> None:
    """Once it is resolved, what was seen before is stale, and an acknowledgment never reopens it."""
    cases.act(case, "resolve", 1, KIM, reason="accepted")
    with pytest.raises(Stale):
        cases.act(case, action, 1, LEE, reason="accepted")
    with pytest.raises(Stale):
        cases.act(case, "acknowledge", 2, LEE)


def test_work_goes_through_the_states(cases: Cases, case: str) -> None:
    """Acknowledged, started, waiting for somebody until some time, taken up again, resolved."""
    until = datetime(2026, 11, 3, 9, tzinfo=UTC)
    cases.act(case, "acknowledge", 1, KIM)
    cases.act(case, "start", 2, KIM)
    assert cases.act(case, "wait", 3, KIM, on="3pl.west", until=until)["status"] == "waiting"
    assert cases.one(case)["waiting_until"] == "2026-11-03T09:00:00Z"
    cases.act(case, "start", 4, KIM)
    assert cases.one(case)["waiting_on"] is None
    done = cases.act(case, "resolve", 5, KIM, reason="not_a_fault", text="test order")
    assert (done["status"], done["cleared_by"], done["version"]) == ("resolved", "person", 6)
    assert cases.act(case, "reopen", 6, LEE)["status"] == "new"


def test_a_fault_that_is_still_there_needs_a_reason_to_be_resolved(cases: Cases, case: str) -> None:
    """`fixed` will not do while the condition is active; a duplicate must name a case that exists."""
    for reason in ("", "fixed", "because"):
        with pytest.raises(Conflict):
            cases.act(case, "resolve", 1, KIM, reason=reason)
    with pytest.raises(Conflict):
        cases.act(case, "resolve", 1, KIM, reason="duplicate_of", of=case)
    with pytest.raises(NotFound):
        cases.act(case, "resolve", 1, KIM, reason="duplicate_of", of="exc_nothing")
    assert len(moves(cases)) == 1


def test_a_snooze_needs_an_end_within_a_week_and_gives_back_what_was(cases: Cases, case: str) -> None:
    """No end, a past end, or eight days are refused; unsnooze returns to the status before."""
    for until in (None, START, START + timedelta(days=8)):
        with pytest.raises(Conflict):
            cases.act(case, "snooze", 1, KIM, until=until)
    cases.act(case, "acknowledge", 1, KIM)
    assert cases.act(case, "snooze", 2, KIM, until=START + timedelta(days=2))["status"] == "snoozed"
    assert cases.act(case, "unsnooze", 3, KIM)["status"] == "acknowledged"


def test_escalating_puts_it_back_in_front_of_everybody(cases: Cases, case: str) -> None:
    """An acknowledged case becomes new again, for the team named."""
    cases.act(case, "acknowledge", 1, KIM)
    after = cases.act(case, "escalate", 2, KIM, team="management", text="customer called twice")
    assert (after["status"], after["acknowledged_at"]) == ("new", None)
    assert (after["team"], after["owner"]) == ("management", "management")


def test_time_ends_a_snooze_a_wait_and_a_long_resolved_case(cases: Cases, case: str) -> None:
    """Housekeeping does at each moment only what is due, once."""
    cases.act(case, "snooze", 1, KIM, until=START + timedelta(days=1))
    assert cases.tidy(START + timedelta(hours=23)) == 0
    assert cases.tidy(START + timedelta(days=1)) == 1 and only(cases)["status"] == "new"
    cases.act(case, "acknowledge", only(cases)["version"], KIM)
    cases.act(case, "wait", only(cases)["version"], KIM, on="us", until=START + timedelta(days=2))
    assert cases.tidy(START + timedelta(days=2)) == 1 and only(cases)["status"] == "in_progress"
    cases.apply([intent(2, "clear")])
    assert (only(cases)["status"], only(cases)["condition"]) == ("in_progress", "cleared")
    assert cases.tidy(START + timedelta(days=2)) == 1 and only(cases)["status"] == "resolved"
    assert cases.tidy(START + timedelta(days=31)) == 0
    assert cases.tidy(START + timedelta(days=33)) == 1 and only(cases)["status"] == "closed"
    with pytest.raises(Conflict):
        cases.act(case, "reopen", only(cases)["version"], KIM)


def test_many_at_once_tell_of_each(cases: Cases, case: str) -> None:
    """One of three is unknown, one stale: the third is still done. A dry run only tells."""
    cases.apply([intent(2, subject="fo:b"), intent(3, subject="fo:c")])
    keys = sorted(everything(cases))
    cases.act(keys[0], "acknowledge", 1, LEE)
    wanted = [(keys[0], 1), (keys[1], 1), ("exc_nothing", 1)]
    dry = cases.bulk(wanted, "acknowledge", KIM, dry_run=True)
    assert [r["ok"] for r in dry] == [False, True, False] and everything(cases)[keys[1]]["status"] == "new"
    real = cases.bulk(wanted, "acknowledge", KIM)
    assert [r["ok"] for r in real] == [False, True, False] and everything(cases)[keys[1]]["status"] == "acknowledged"
    assert [r["ok"] for r in cases.bulk(wanted[1:2], "acknowledge", KIM)] == [True]
    assert sum(m.action == "acknowledge" for m in moves(cases)) == 2


def test_a_filter_must_still_match_as_many_as_were_seen(cases: Cases, case: str) -> None:
    """Another case came meanwhile: nothing is done, and the number now is told."""
    cases.apply([intent(2, subject="fo:b")])
    with pytest.raises(Stale) as told:
        cases.chosen({"code": "ack_overdue"}, 1)
    assert told.value.extra["found"] == 2 and len(cases.chosen({"code": "ack_overdue"}, 2)) == 2


def test_every_status_and_action_is_in_the_table() -> None:
    """Nothing may be done from a status that does not exist, and closed takes nothing but a comment."""
    assert all(set(froms) <= set(STATUSES) for froms in ALLOWED.values())
    assert [action for action, froms in ALLOWED.items() if "closed" in froms] == ["comment"]
