"""A rule in several versions: a clock goes by the one in force when it began, live as in a rebuild."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.rebuild import verify
from app.engine.versions import kept, kept_calendars
from app.settings import Calendar, Sla
from rules.book import load, recorded, resolve
from rules.kinds import KINDS
from tests.engine.court import Court

OLD = next(rule for rule in resolve(load(KINDS)) if rule.id == "S02")
NEW = next(rule for rule in resolve(load(KINDS), {"S02": Sla(target="1h", severity="low")}) if rule.id == "S02")
FROM = datetime(2026, 11, 3)
CREATED = "{at} erp.main order.created so={so} customer=C-1 lines=1:A:1:EA"
RELEASED = "{at} erp.main order.released so={so} fo@3pl.west=F{so} partner=3pl.west lines=1:A:1:EA"


def both() -> Judge:
    """Two hours until the third of November, one hour for what begins from then on."""
    return Judge([OLD, NEW], KINDS, Calendars({}), since=[None, FROM])


@pytest.fixture
def trial(bare: Path, tmp_path: Path) -> Iterator[Court]:
    """A court with both versions."""
    made = Court.seated(bare, tmp_path, both())
    yield made
    made.house.close()


def dues(court: Court) -> dict[str, tuple[str, str, str]]:
    """Sales order -> version, due moment and severity."""
    rows = court.house.work.ask(
        "select o.so, d.rule_version, d.due_at, d.severity from due d join orders o using (order_no) where d.rule = 'S02'"
    ).rows()
    assert len(rows) == len({so for so, *_ in rows}), "one clock for each order"
    return {so: (version, str(due), severity) for so, version, due, severity in rows}


def test_the_start_chooses_the_version(trial: Court) -> None:
    """The last microsecond before and the first instant from which the new one counts; whenever one looks."""
    trial.told(
        "2026-11-04 12:00",
        CREATED.format(at="2026-11-02 23:59:59.999999", so=1),
        CREATED.format(at="2026-11-03 00:00", so=2),
    )
    assert dues(trial) == {
        "1": (OLD.rule_version, "2026-11-03 01:59:59.999999", "high"), "2": (NEW.rule_version, "2026-11-03 01:00:00", "low"),
    }  # fmt: skip
    assert verify(trial.house.work, trial.house.ticker).is_empty()


def test_a_running_clock_keeps_its_target_and_a_closed_one_its_verdict(trial: Court) -> None:
    """Before the new version, both; then what is told late still goes by the version of its start."""
    before = Judge([OLD], KINDS, Calendars({}))
    trial.house.ticker.judge_by(before)
    trial.told(
        "2026-11-02 23:00",
        CREATED.format(at="2026-11-02 22:30", so=1),
        CREATED.format(at="2026-11-02 20:00", so=2),
        RELEASED.format(at="2026-11-02 21:30", so=2),
    )
    was = dues(trial)
    trial.house.ticker.judge_by(both())
    assert trial.house.ticker.rejudge(1) == 0
    assert dues(trial) == was
    trial.told("2026-11-05 09:00", CREATED.format(at="2026-11-01 08:00", so=3))
    assert dues(trial)["3"] == (OLD.rule_version, "2026-11-01 10:00:00", "high")
    assert verify(trial.house.work, trial.house.ticker).is_empty()


def test_another_start_event_begins_no_second_clock(bare: Path, tmp_path: Path) -> None:
    """The new version begins with something else; what began under the old one does not begin again."""
    other = NEW.model_copy(update={"start": ("order.released",), "stop": OLD.stop[:1]})
    other = type(NEW).model_validate(other.model_dump(by_alias=True) | {"stop": ["pick.confirmed"]})
    court = Court.seated(bare, tmp_path, Judge([OLD, other], KINDS, Calendars({}), since=[None, FROM]))
    told = [CREATED.format(at="2026-11-02 23:00", so=1), RELEASED.format(at="2026-11-03 02:00", so=1)]
    court.told(
        "2026-11-04 12:00",
        *told,
        CREATED.format(at="2026-11-03 03:00", so=2),
        RELEASED.format(at="2026-11-03 04:00", so=2),
    )
    assert {so: version for so, (version, *_) in dues(court).items()} == {
        "1": OLD.rule_version,
        "2": other.rule_version,
    }
    assert verify(court.house.work, court.house.ticker).is_empty()
    court.house.close()


def test_the_value_that_raises_a_severity_is_that_of_the_version(bare: Path, tmp_path: Path) -> None:
    """From 10 euros on until the third of November, from 1,000 on since: of two orders of 100 euros the first is worse."""
    low, high = (
        next(r for r in resolve(load(KINDS), {"S02": Sla(value_band=f"{band} EUR")}) if r.id == "S02")
        for band in (10, 1000)
    )
    court = Court.seated(bare, tmp_path, Judge([low, high], KINDS, Calendars({}), since=[None, FROM]))
    created = (
        CREATED.format(at=at, so=so) + " amount=100 currency=EUR"
        for so, at in ((1, "2026-11-02 10:00"), (2, "2026-11-03 10:00"))
    )
    court.told("2026-11-04 12:00", *created)
    said = court.house.work.ask("select so, severity from alarm where rule = 'S02' order by so").rows()
    court.house.close()
    assert said == [("1", "critical"), ("2", "high")]


def test_versions_are_kept_as_they_are_loaded(trial: Court) -> None:
    """The first counts from always, another one from when it was loaded; the same again makes no new one."""
    work = trial.house.work

    def told(rule: Any, at: str) -> list[tuple[str, datetime | None]]:
        rules, since = kept(work, [rule], stories.instant(at), recorded)
        return [(one.rule_version, when) for one, when in zip(rules, since, strict=True)]

    first = (OLD.rule_version, None)
    assert told(OLD, "2026-11-01 09:00") == [first]
    assert told(OLD, "2026-11-02 09:00") == [first]
    second = (NEW.rule_version, stories.instant("2026-11-03 09:00"))
    assert told(NEW, "2026-11-03 09:00") == [first, second]
    assert told(NEW.model_copy(update={"title": "Other words"}), "2026-11-04 09:00") == [first, second]
    back = (OLD.rule_version, stories.instant("2026-11-05 09:00"))
    assert told(OLD, "2026-11-05 09:00") == [first, second, back]
    assert len(work.ask("from rule_version")) == 3


def test_a_version_that_cannot_be_read_any_more_is_passed_over(trial: Court) -> None:
    """A later program may not know a word of it: the next version counts for its time too."""
    work = trial.house.work
    kept(work, [OLD], FROM, recorded)
    work.run_sql('update rule_version set said = \'{"id": "S02", "colour": "red"}\'')
    rules, since = kept(work, [NEW], FROM, recorded)
    assert [(one.rule_version, when) for one, when in zip(rules, since, strict=True)] == [(NEW.rule_version, None)]


def _hours(said: str, **more: Any) -> Calendar:
    return Calendar.model_validate({"hours": dict.fromkeys(("mon", "tue", "wed"), said), **more})


def _begun(court: Court, at: str, **calendars: Calendar) -> None:
    """The program starts with these calendars; S02 runs on `desk`."""
    clocks = Calendars(calendars)
    clocks.remember(kept_calendars(court.house.work, calendars, stories.instant(at)))
    rule = type(OLD).model_validate(OLD.model_dump(by_alias=True) | {"clock": "B", "calendar": "desk"})
    court.house.ticker.judge_by(Judge([rule], KINDS, clocks))
    court.now = stories.instant(at)
    court.house.ticker.rejudge(1)


def test_a_calendar_that_is_written_anew_moves_what_runs_and_leaves_what_had_ended(trial: Court) -> None:
    """Two hours from nine are over at eleven. From noon on the desk opens at ten: the clock that runs is due at twelve, the
    one that was stopped at half past ten keeps its verdict, and a rebuild finds the same. A correction counts for both."""
    _begun(trial, "2026-11-02 08:00", desk=_hours("08:00-18:00"))
    told = [CREATED.format(at="2026-11-02 09:00", so=so) for so in (1, 2)]
    trial.told("2026-11-02 11:30", *told, RELEASED.format(at="2026-11-02 10:30", so=1))
    assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "11:00", "2": "11:00"}
    for again in ("2026-11-02 12:00", "2026-11-02 12:05"):
        _begun(trial, again, desk=_hours("10:00-18:00"))
        assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "11:00", "2": "12:00"}
        assert verify(trial.house.work, trial.house.ticker).is_empty()
    late = {"date": "2026-11-02", "hours": "09:30-18:00"}
    _begun(trial, "2026-11-02 12:10", desk=_hours("10:00-18:00", corrections=[late]))
    assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "11:30", "2": "11:30"}


def test_a_calendar_that_is_declared_or_taken_away_later_judges_no_past(trial: Court) -> None:
    """Without one every hour works; an order that was released before there was any keeps that."""
    _begun(trial, "2026-11-02 01:00")
    told = [CREATED.format(at="2026-11-02 02:00", so=so) for so in (1, 2)]
    trial.told("2026-11-02 03:30", *told, RELEASED.format(at="2026-11-02 03:00", so=1))
    _begun(trial, "2026-11-02 03:40", desk=_hours("08:00-18:00"))
    assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "04:00", "2": "10:00"}
    trial.told("2026-11-02 10:30", RELEASED.format(at="2026-11-02 09:30", so=2))
    _begun(trial, "2026-11-02 11:00")
    assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "04:00", "2": "10:00"}
    _begun(trial, "2026-11-02 12:00", default=_hours("12:00-13:00"))
    assert {so: due[11:16] for so, (_, due, _) in dues(trial).items()} == {"1": "04:00", "2": "10:00"}
    assert verify(trial.house.work, trial.house.ticker).is_empty()
