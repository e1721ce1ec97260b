"""The engine's intents become cases: once each, in order, however they are handed over."""

from datetime import timedelta
from pathlib import Path

from app import clock
from app.cases import Cases
from app.settings import Partner, Route
from tests.cases.desk import KIM, START, desk, everything, intent, moves, only


def test_a_fault_opens_a_case_that_names_what_is_wrong_and_whose_it_is(cases: Cases) -> None:
    """An overdue acknowledgment of 3pl.west becomes one new case with the partner's desk as its owner."""
    assert cases.apply([intent(1)]) == 1
    case = only(cases)
    assert (case["status"], case["condition"], case["version"]) == ("new", "active", 1)
    assert (case["owner"], case["team"]) == ("3pl.west-desk", "3pl.west-desk")
    assert case["subject"] == {"type": "fo", "key": "fo:3pl.west:1-1"}
    assert case["order"] == {"order_id": "ord_1", "so": "4711"}
    assert (case["value_at_risk"], case["due_at"]) == ("41.00", "2026-11-02T09:00:00Z")
    assert case["id"].startswith("exc_") and len(case["id"]) == 20


def test_applying_twice_or_in_pieces_changes_nothing(tmp_path: Path) -> None:
    """What was applied is skipped by its number, whatever the pieces were."""
    said = [intent(1), intent(2, "update", severity="critical"), intent(3, "clear"), intent(4, subject="fo:x:2")]
    whole, pieces = desk(tmp_path / "a"), desk(tmp_path / "b")
    whole.apply(said)
    for one in said:
        pieces.apply([one])
        pieces.apply(said[: one.seq])
    assert whole.apply(said) == 0 and pieces.applied_seq() == 4
    assert everything(whole) == everything(pieces) and len(moves(whole)) == len(moves(pieces)) == 4


def test_saying_the_same_again_makes_no_move(cases: Cases) -> None:
    """After a restore the engine says everything again, under new numbers; nothing differs, so nothing is written."""
    cases.apply([intent(1), intent(2, subject="fo:x:2", found_late=True, condition="cleared")])
    before = everything(cases)
    cases.apply([intent(3), intent(4, subject="fo:x:2", found_late=True, condition="cleared")])
    assert everything(cases) == before and len(moves(cases)) == 2


def test_what_heals_resolves_by_itself_and_returns_within_a_day_as_the_same_case(cases: Cases) -> None:
    """Cleared: resolved by `auto`. The next Due of the same subject within 24 h reopens it; the id stays."""
    cases.apply([intent(1), intent(2, "clear", met_at=START)])
    healed = only(cases)
    assert (healed["status"], healed["cleared_by"]) == ("resolved", "auto")
    assert healed["cleared_at"] == "2026-11-02T09:00:00Z"
    cases.apply([intent(3, occurrence="2", minutes=60 * 23)])
    again = only(cases)
    assert (again["id"], again["status"], again["reopened"], again["cleared_at"]) == (healed["id"], "new", 1, None)


def test_the_same_fault_days_later_is_a_new_case_that_names_the_old_one(cases: Cases) -> None:
    """Outside the reopen window another occurrence is another case."""
    cases.apply([intent(1), intent(2, "clear"), intent(3, occurrence="2", minutes=60 * 25)])
    old, new = sorted(everything(cases).values(), key=lambda c: c["opened_at"])
    assert (old["status"], new["status"], new["previous"], new["reopened"]) == ("resolved", "new", old["id"], 0)


def test_a_breach_that_was_over_before_anyone_saw_it_has_a_case_that_bothers_nobody(cases: Cases) -> None:
    """`found_late`: the case exists, resolved, and is in no queue."""
    cases.apply([intent(1, found_late=True, condition="cleared", met_at=START)])
    assert only(cases)["status"] == "resolved" and "found_late" in cases.one(only(cases)["id"])["flags"]
    assert cases.list({})[2] == 0


def test_a_case_clears_only_when_every_due_behind_it_has(cases: Cases) -> None:
    """Two revisions are overdue on one subject; one acknowledgment is not enough."""
    cases.apply([intent(1), intent(2, occurrence="2"), intent(3, "clear")])
    assert only(cases)["condition"] == "active"
    cases.apply([intent(4, "clear", occurrence="2")])
    assert only(cases)["condition"] == "cleared"


def test_a_retraction_resolves_and_says_why(cases: Cases) -> None:
    """The stop came in time but was reported late: void, even while somebody works on it."""
    cases.apply([intent(1)])
    case = only(cases)
    cases.act(case["id"], "acknowledge", 1, KIM)
    cases.act(case["id"], "start", 2, KIM)
    cases.apply([intent(2, "void", reason="reported_late")])
    after = cases.one(case["id"])
    assert (after["status"], after["condition"], after["cleared_by"]) == ("resolved", "void", "void")
    assert after["flags"] == ["reported_late"]


def test_what_was_over_is_taken_back_by_a_later_word(cases: Cases) -> None:
    """Two Dues were missed and met late; then it is heard that the first had been met in time, and the second too."""
    cases.apply(
        [intent(1, found_late=True, condition="cleared"), intent(2, occurrence="2"), intent(3, "clear", occurrence="2")]
    )
    said = [[row["condition"] for row in everything(cases).values()]]
    for seq, occurrence in ((4, "1"), (5, "2")):
        cases.apply([intent(seq, "void", occurrence=occurrence, reason="reported_late")])
        said += [[row["condition"] for row in everything(cases).values()]]
    assert said == [["cleared"], ["cleared"], ["void"]]


def test_what_a_person_accepted_stays_resolved_until_it_gets_worse(cases: Cases) -> None:
    """The same Due again is no news; a higher severity is."""
    cases.apply([intent(1)])
    case = only(cases)
    cases.act(case["id"], "resolve", 1, KIM, reason="accepted")
    cases.apply([intent(2), intent(3, "update", customer="C-2")])
    assert only(cases)["status"] == "resolved"
    cases.apply([intent(4, "update", severity="critical")])
    assert (only(cases)["status"], only(cases)["reopened"]) == ("new", 1)


def test_presumed_becomes_confirmed_without_a_second_case(cases: Cases) -> None:
    """The watermark passed the due moment: condition active, a new version."""
    cases.apply([intent(1, condition="presumed", confidence="presumed")])
    assert only(cases)["condition"] == "presumed"
    cases.apply([intent(2, condition="active", confidence="confirmed")])
    assert (only(cases)["condition"], only(cases)["confidence"], only(cases)["version"]) == ("active", "confirmed", 2)


def test_evidence_and_facts_make_no_new_version(cases: Cases) -> None:
    """A version counts what a person decides on, so a busy case can still be edited."""
    cases.apply([intent(1, evidence=["a"]), intent(2, "update", evidence=["b"], value="50.00")])
    assert (only(cases)["version"], only(cases)["evidence"], only(cases)["value_at_risk"]) == (1, ["a", "b"], "50.00")


def test_a_higher_severity_wakes_a_snoozed_case(cases: Cases, noon: object) -> None:
    """Somebody wanted quiet about a small thing; it is no longer small."""
    cases.apply([intent(1)])
    case = only(cases)
    cases.act(case["id"], "snooze", 1, KIM, until=START + timedelta(days=2))
    cases.apply([intent(2, "update", severity="critical")])
    assert (only(cases)["status"], only(cases)["severity"]) == ("new", "critical")


def test_routes_name_team_and_owner_first_match_wins(tmp_path: Path) -> None:
    """A route beats the rule's owner; a partner's configured owner beats its default desk."""
    routes = (
        Route(when={"partner": "3pl.*", "severity": ["critical"]}, team="war-room", owner="ann"),
        Route(when={"code": "hold_overdue"}, team="credit"),
    )
    cases = desk(tmp_path, routes, {"3pl.west": Partner(owner="west-team")})
    cases.apply([
        intent(1, severity="critical"),
        intent(2, code="hold_overdue", subject="hold:1"),
        intent(3, subject="fo:3pl.west:2"),
        intent(4, subject="fo:3pl.east:3", partner="3pl.east"),
    ])  # fmt: skip
    owners = {c["subject"]["key"]: (c["team"], c["owner"]) for c in everything(cases).values()}
    assert owners == {
        "fo:3pl.west:1-1": ("war-room", "ann"),
        "hold:1": ("credit", "credit"),
        "fo:3pl.west:2": ("west-team", "west-team"),
        "fo:3pl.east:3": ("3pl.east-desk", "3pl.east-desk"),
    }


def test_a_frozen_clock_is_a_world_of_its_own(cases: Cases, noon: object) -> None:
    """Cases of --as-of never mix with live ones; each world has its own numbers."""
    cases.apply([intent(1)])
    frozen = only(cases)["id"]
    clock.freeze(None)
    assert everything(cases) == {} and cases.applied_seq() == 0
    cases.apply([intent(1)])
    assert only(cases)["id"] != frozen
