"""The error budget of an SLA as it stands in a store: counted by due date, burning by what was known when."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from pydantic import ValidationError

from app.errors import WrongUse
from app.main.inforce import definitions
from app.settings import SlaCorrection
from app.store.questions.budget import budget
from app.store.reader import Reader
from rules import book
from rules.kinds import KINDS
from rules.objective.burn import Window
from rules.objective.policy import Policy, policy
from rules.objective.rule import Objective
from tests.engine.court import Court

RULES = book.load(KINDS)
OBJECTIVES = tuple(rule for rule in RULES if isinstance(rule, Objective))
S06 = next(rule for rule in book.resolve(RULES) if rule.id == "S06")
TOLD: Any = policy(S06, OBJECTIVES)


def sent(n: int, answered: int, partner: str = "3pl.west", received: str = "") -> list[str]:
    """Instructions of one minute, of which some are acknowledged an hour later; all are due at 13:00."""
    made = [f"2026-11-02 09:00 mw.hub fulfillment.requested so={partner}{i} fo@{partner}={i} partner={partner}" for i in range(n)]  # fmt: skip
    return made + [
        f"2026-11-02 10:00 {partner} fulfillment.acknowledged fo@{partner}={i} partner={partner} {received}"
        for i in range(answered)
    ]


def asked(court: Court, told: Policy = TOLD) -> dict[str, Any]:
    """The budget of S06 at the court's now."""
    return budget(court.reader(), "S06", told.told(), court.now)


def burning(told: dict[str, Any]) -> set[str]:
    """The windows that burn for all partners together."""
    return {window["window"] for window in told["burn"] if window["burning"]}


def test_a_budget_of_nothing(court: Court) -> None:
    """No Dues: no share, nothing spent, every window empty."""
    told = asked(court.told("2026-11-02 09:00"))
    assert (told["total"], told["attainment"], told["status"], told["left"]) == (0, None, "no_data", 0)
    assert [window["total_long"] for window in told["burn"]] == [0, 0, 0, 0]
    assert (told["partners"], told["rule"], burning(told)) == ([], "L06", set())


def test_what_is_missed_burns_from_the_instant_after_its_due_moment(court: Court) -> None:
    """Forty instructions, twenty answered in time: at the due moment nothing is late, five minutes on it burns."""
    court.told("2026-11-02 13:00", *sent(40, 20))
    assert asked(court)["burn"][0]["bad_long"] == 0
    told = asked(court.at("2026-11-02 13:06"))
    assert (told["good"], told["total"], told["bad"], told["left"]) == (20, 40, 20, pytest.approx(1.2 - 20))
    assert told["burn"][1]["bad_long"] == 20 and told["burn"][1]["total_long"] == 40
    assert burning(told) == {"5% in 6h", "10% in 1d", "10% in 3d"}, "the hour holds twenty only, fewer than thirty"
    assert told["partners"][0]["burning"] == ["10% in 1d", "10% in 3d", "5% in 6h"]


def test_the_course_of_a_budget_ends_where_it_stands(court: Court) -> None:
    """A point for each day of the period so far; the last one is what is left now."""
    court.told("2026-11-02 13:00", *sent(40, 20))
    told = asked(court.at("2026-11-03 13:01"))
    course = told["burn_down"]
    assert len(course) == 28
    assert [point["remaining"] for point in course[:26]] == [1.0] * 26
    assert course[-1]["remaining"] == pytest.approx(told["remaining"]) == pytest.approx(1 - 20 / 1.2)
    assert (course[-1]["at"], course[-1]["ideal"]) == (court.now, 0.0)
    month = asked(court, replace(TOLD, unit="month"))["burn_down"]
    assert [point["remaining"] < 1 for point in month] == [False, True, True]


def test_each_window_says_what_it_can_notice(court: Court) -> None:
    """A complete failure shows after its limit of the long window; at its factor the budget lasts so long."""
    fast = asked(court)["burn"][0]
    assert fast["detected_s"] == pytest.approx(0.4032 * 3600)
    assert fast["exhausts_s"] == pytest.approx(28 * 86_400 / 13.44)
    assert fast["least_total"] == 8


def test_a_verdict_counts_when_it_was_known(court: Court) -> None:
    """What was met at ten and reported at two stands in the window of two o'clock; the budget knows its due date."""
    court.told("2026-11-02 14:01", *sent(40, 40, received="received=2026-11-02T14:00Z"))
    told = asked(court.at("2026-11-02 14:05"))
    assert (told["good"], told["status"], told["burn"][0]["total_long"]) == (40, "healthy", 40)
    later = asked(court.at("2026-11-02 14:50"))["burn"][0]
    assert (later["burn_long"], later["total_short"], later["burn_short"]) == (0, 0, None)
    assert asked(court.at("2026-11-02 15:05"))["burn"][0]["total_long"] == 0


def test_partners_have_budgets_of_their_own(court: Court) -> None:
    """One that keeps its promises does not pay for the other, and both add up."""
    court.told("2026-11-02 13:00", *sent(40, 10), *sent(60, 60, "3pl.east"))
    told = asked(court.at("2026-11-02 13:30"))
    east, west = told["partners"]
    assert (east["partner"], east["bad"], east["burning"]) == ("3pl.east", 0, [])
    assert west["bad"] == 30 and len(west["burning"]) == 4
    assert told["total"] == east["total"] + west["total"]


def test_an_old_month_is_not_in_a_rolling_budget(court: Court) -> None:
    """Four weeks later nothing of it is left."""
    court.told("2026-11-02 13:00", *sent(40, 10))
    assert asked(court.at("2026-11-30 12:59"))["bad"] == 30
    assert asked(court.at("2026-11-30 13:01"))["total"] == 0


CORRECTION = {
    "partner": "3pl.west", "begin": datetime(2026, 11, 2, 13), "end": datetime(2026, 11, 2, 13, 1),
    "author": "kim", "approver": "alex", "reason": "Power cut at the hub.",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "judged"),
    [
        ({}, 60),
        ({"partner": ""}, 0),
        ({"begin": datetime(2026, 11, 2, 13, 0, 0, 1)}, 100),
        ({"end": datetime(2026, 11, 2, 13)}, 100),
        ({"partner": "3pl.north"}, 100),
    ],
)
def test_a_correction_leaves_dues_out_of_every_figure(court: Court, change: dict[str, Any], judged: int) -> None:
    """Of its partner, due from its beginning until before its end: gone from numerator and denominator alike."""
    court.told("2026-11-02 13:00", *sent(40, 10), *sent(60, 60, "3pl.east"))
    now = court.at("2026-11-02 13:30").now
    one = {"id": "S06", "stops": [], "slo": TOLD.told(), "corrections": [CORRECTION | change]}
    reader = Reader(court.house.database, definitions=[one])
    spent = reader.budget(one, now)
    assert spent is not None
    bad = 30 if judged == 100 else 0
    assert (spent["total"], spent["bad"], spent["burn"][3]["total_long"]) == (judged, bad, judged)
    rows = reader.attainment("S06", None, None, "none", now)
    assert sum(row["denominator"] for row in rows) == judged
    assert reader.slas(now)[0]["denominator"] == judged
    assert reader.attainment_totals(None, None, now).get("S06", {"denominator": 0})["denominator"] == judged


def test_a_correction_needs_two_people_a_reason_and_an_sla() -> None:
    """What is missing is said at start."""
    said = CORRECTION | {"sla": "S06", "begin": "2026-11-02T13:00:00Z", "end": "2026-11-02T15:00:00+01:00"}
    made = SlaCorrection.model_validate(said)
    told = definitions((S06,), OBJECTIVES, (made,))[0]["corrections"]
    assert [(one["begin"], one["end"]) for one in told] == [(datetime(2026, 11, 2, 13), datetime(2026, 11, 2, 14))]
    with pytest.raises(WrongUse, match="no SLA S66"):
        definitions((S06,), (), (made.model_copy(update={"sla": "S66"}),))
    for wrong in ({"approver": "kim"}, {"end": "2026-11-02T13:00:00Z"}, {"reason": ""}, {"begin": "2026-11-02T13:00"}):
        with pytest.raises(ValidationError):
            SlaCorrection.model_validate(said | wrong)


def test_without_a_rule_the_usual_windows_count() -> None:
    """An SLA with an objective only: 28 days, and what is out of reach is named."""
    usual = policy(S06, ())
    assert usual is not None and usual.rule == ""
    assert [window.name for window in usual.windows] == ["fast", "medium", "slow", "long"]
    loose = policy(S06.model_copy(update={"objective": 0.9}), ())
    assert loose is not None and "fast" in loose.notices[0]
    assert policy(S06.model_copy(update={"objective": None}), ()) is None


def test_what_a_definition_says_is_read_back_exactly() -> None:
    """Factors are fractions, not what a float makes of them."""
    read = Policy.of(TOLD.told())
    assert read == TOLD
    third = Window("x", 3_600, 300, TOLD.windows[3].factor, "low")
    assert third.factor == read.windows[3].factor and third.factor.denominator == 15
