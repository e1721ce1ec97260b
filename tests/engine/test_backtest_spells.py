"""Rules that give spells are tried on history as well: interfaces that degrade, budgets that burn."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from app.calendar import Calendars
from app.engine.backtest import Question, backtest
from app.engine.judge import Judge
from app.engine.listening import Listening
from app.engine.watch import Watch
from tests.engine.test_watch import MONDAY, QUARTER, RULES, WEST, Tower
from tests.laws.worlds import House

RULE = RULES[0]


@pytest.fixture(scope="module")
def tower(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An interface that failed for three quarters on a Monday morning and is well again."""
    folder = tmp_path_factory.mktemp("spells")
    made = Tower(House.build(folder / "record.duckdb", Judge((), {}, Calendars({}))))
    made.quarters(MONDAY, 8).quarters(MONDAY + 8 * QUARTER, 3, 36, 4).quarters(MONDAY + 11 * QUARTER, 5)
    yield made
    made.house.close()


def tried(tower: Tower, rule: Any, **more: Any) -> dict[str, Any]:
    """The answer about one rule over interfaces."""
    asked = Question(
        rule, RULES, lambda rules: Judge((), {}, Calendars({}), watch=Watch(list(rules))),
        Listening({}, Calendars({}), tuple), tower.now, **more,
    )  # fmt: skip
    return backtest(tower.house.database, asked)


def test_spells_that_are_over_are_counted(tower: Tower) -> None:
    """Nothing stands open any more; the rule in force raised once, and says when and at which interface."""
    found = tried(tower, RULE)
    assert tower.alarms() == []
    assert (found["would"]["raised"], found["more"], found["less"]) == (1, 0, 0)
    (one,) = found["examples"]
    assert (one["subject"], one["due_at"], one["change"]) == (WEST, MONDAY + 10 * QUARTER, "same")


def test_a_more_patient_rule_raises_nothing(tower: Tower) -> None:
    """It waits for four bad quarters and there were three; what stands is as it was."""
    before = tower.house.work.ask("from interface_look order by all")
    patient = type(RULE).model_validate(RULE.model_dump(by_alias=True) | {"for": "4 windows"})
    found = tried(tower, patient)
    assert (found["would"]["raised"], found["less"], found["partners"][0]["less"]) == (0, 1, 1)
    assert tower.house.work.ask("from interface_look order by all").equals(before)


def test_a_period_leaves_out_what_began_before_it(tower: Tower) -> None:
    """By the moment at which a spell begins; the end of the period does not belong to it."""
    begun = MONDAY + 10 * QUARTER
    assert tried(tower, RULE, frm=begun)["would"]["raised"] == 1
    assert tried(tower, RULE, to=begun)["would"]["raised"] == 0
    assert tried(tower, RULE, frm=begun + timedelta(microseconds=1))["would"]["raised"] == 0


def test_a_new_rule_over_interfaces_stands_beside_nothing(tower: Tower, tmp_path: Path) -> None:
    """No rule of its id is in force: all that it raises is new."""
    found = tried(tower, RULE.model_copy(update={"id": "Z30"}))
    assert (found["stands"]["raised"], found["more"]) == (0, 1)
