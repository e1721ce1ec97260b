"""A budget that burns is an exception of the partner: raised, seen through, cleared, and the same after a rebuild."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app.calendar import Calendars
from app.engine.budgets import Budgets
from app.engine.judge import Judge
from app.engine.rebuild import rebuild, verify
from app.settings import SlaCorrection
from app.store.questions.corrections import Counted, counted
from rules.book import load, objectives, resolve
from rules.kinds import KINDS
from tests.engine.court import Court
from tests.engine.test_budget import S06, definitions, sent

AIMS = tuple(rule for rule in objectives(load(KINDS)) if rule.id == "L06")


def seated(bare: Path, folder: Path, only: Counted | None = None) -> Court:
    """A court that watches the budget of S06."""
    budgets = Budgets(AIMS, only or Counted())
    return Court.seated(bare, folder, Judge(resolve(load(KINDS)), KINDS, Calendars({}), budgets=budgets))


@pytest.fixture
def watched(bare: Path, tmp_path: Path) -> Iterator[Court]:
    """The court."""
    made = seated(bare, tmp_path)
    yield made
    made.house.close()


def alarms(court: Court) -> list[tuple[Any, ...]]:
    """(subject, window, severity) of the spells that people have been told of and that last."""
    found = court.house.work.ask(
        "select subject, occurrence, severity from alarm where rule = 'L06' and condition = 'active' order by all"
    )
    return [(subject, occurrence.rsplit(" ", 1)[0], severity) for subject, occurrence, severity in found.rows()]


def actions(court: Court) -> list[str]:
    """What was said of the budget so far."""
    return [action for action, code, _ in court.said() if code == "slo_burning"]


def test_a_budget_that_burns_is_raised_and_ends_by_itself(watched: Court) -> None:
    """Forty instructions, twenty answered: nothing at the due moment; the windows raise, and end one after the other."""
    watched.told("2026-11-02 13:00", *sent(40, 20))
    assert alarms(watched) == []
    watched.at("2026-11-02 13:06")
    spoken = [("L06:3pl.west", "10% in 1d", "medium"), ("L06:3pl.west", "10% in 3d", "low"), ("L06:3pl.west", "5% in 6h", "critical")]  # fmt: skip
    assert alarms(watched) == spoken
    evidence = watched.house.work.ask("select evidence[1] as said from alarm where severity = 'critical'").item()
    assert "20 of 40 missed" in evidence and "burns above" in evidence and "2026-11-02 13:05" in evidence
    assert verify(watched.house.work, watched.house.ticker).is_empty()
    watched.at("2026-11-02 15:59")
    assert len(alarms(watched)) == 3
    watched.at("2026-11-02 16:06")  # the twenty met have left the six hours: too few are left
    assert [window for _, window, _ in alarms(watched)] == ["10% in 1d", "10% in 3d"]
    watched.at("2026-11-06 09:00")
    assert alarms(watched) == []
    assert actions(watched) == ["raise"] * 3 + ["clear"] * 3
    assert verify(watched.house.work, watched.house.ticker).is_empty()


def test_one_window_after_the_other_keeps_its_spell(watched: Court) -> None:
    """What goes on burning goes on under the same name, however often one looks and whatever comes."""
    watched.told("2026-11-02 13:00", *sent(40, 20)).at("2026-11-02 13:06")
    before = alarms(watched)
    watched.told("2026-11-02 13:30", *sent(5, 0, "3pl.east")).at("2026-11-02 14:10")
    assert alarms(watched) == before and actions(watched) == ["raise"] * 3


def test_late_truth_takes_it_back(watched: Court) -> None:
    """All had been answered in time, and the answers came late: the spells are over, and a rebuild says the same."""
    watched.told("2026-11-02 13:00", *sent(40, 20)).at("2026-11-02 13:06")
    assert len(alarms(watched)) == 3
    watched.told("2026-11-02 13:40", *sent(0, 40, received="received=2026-11-02T13:39Z"))
    assert alarms(watched) == []
    assert verify(watched.house.work, watched.house.ticker).is_empty()
    assert rebuild(watched.house.work, watched.house.ticker) == 0


def test_two_misses_raise_nothing(watched: Court) -> None:
    """Of forty, two unanswered, and of another partner three of twenty: too few to wake anyone."""
    watched.told("2026-11-02 13:00", *sent(40, 38), *sent(20, 17, "3pl.east")).at("2026-11-02 13:06")
    assert alarms(watched) == [] and actions(watched) == []


def test_what_a_correction_takes_out_burns_no_more(bare: Path, tmp_path: Path) -> None:
    """The Dues of that hour are left out of the figures, and so of the burning."""
    said = {"sla": "S06", "author": "kim", "approver": "lee", "reason": "Planned move of the warehouse.",
            "begin": "2026-11-02T13:00:00Z", "end": "2026-11-02T14:00:00Z"}  # fmt: skip
    told = definitions((S06,), AIMS, (SlaCorrection.model_validate(said),))
    court = seated(bare, tmp_path, counted(told))
    court.told("2026-11-02 13:00", *sent(40, 20)).at("2026-11-02 13:06")
    assert alarms(court) == []
    court.house.close()


def test_a_long_spell_keeps_the_instant_at_which_it_began(watched: Court) -> None:
    """Three weeks of misses, each day as many: it is one spell since the first day, though that lies far back."""
    watched.told("2026-11-22 13:06", *(line for day in range(2, 23) for line in _daily(day)))
    since = watched.house.work.ask("select since from judgement where kind = 'slo' and occurrence like '10% in 3d%'")
    assert since.item() == datetime(2026, 11, 2, 13, 5)
    assert verify(watched.house.work, watched.house.ticker).is_empty()


def _daily(day: int) -> list[str]:
    """Orders of that day, thirty-four, none of them answered."""
    renamed = [
        one.replace("so=3pl.west", f"so=d{day}x").replace("fo@3pl.west=", f"fo@3pl.west=d{day}-") for one in sent(34, 0)
    ]
    return [one.replace("2026-11-02", f"2026-11-{day:02}") for one in renamed]
