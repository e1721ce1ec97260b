"""The calendar against worked examples of other projects: the conformance kit, where it lies beside the project.

The kit is found by ORDERSCOPE_SHARED, or as `../shared` beside the repository; without it these tests are skipped.

Of the topic `working_days` these do not apply to a calendar of opening hours, and are left out by their `op`:
`nth_weekday`, `weekday_on_or_after` and `observed` are rules for making holiday lists, which the `holidays`
package does; `roll_over` to the end of the working day belongs to the cut-off clock, which is not built yet.
"""

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.settings import Calendar

SHARED = Path(os.environ.get("ORDERSCOPE_SHARED") or Path(__file__).parents[3] / "shared")
KIT = SHARED / "conformance"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALWAYS: Any = dict.fromkeys(WEEK, "00:00-24:00")
NOT_OURS = ("nth_weekday", "weekday_on_or_after", "observed")

pytestmark = pytest.mark.skipif(not KIT.is_dir(), reason=f"the conformance kit is not in {KIT}")


def cases(topic: str) -> list[Any]:
    """The cases of a topic as parameters, each with the shared definitions."""
    file = KIT / f"{topic}.json"
    if not file.is_file():
        return []
    kit = json.loads(file.read_text(encoding="utf-8"))
    return [pytest.param(kit.get("definitions", {}), case, id=case["id"]) for case in kit["cases"]]


def calendar(definitions: dict[str, Any], case: dict[str, Any]) -> Calendars:
    """The calendar that a case names, as one of ours called `it`; yearly holidays become closed dates."""
    said = definitions["calendars"][case["given"]["calendar"]]
    closed = [h["date"] for h in said["holidays"] if "date" in h]
    closed += [f"{year}-{h['annual']}" for h in said["holidays"] if "annual" in h for year in range(2000, 2031)]
    week: Any = {day: ",".join("-".join(window) for window in windows) for day, windows in said["weekly"].items()}
    return Calendars({"it": Calendar(zone=said["timezone"], hours=week, closed=tuple(closed))})


def instant(text: str) -> datetime:
    """RFC 3339 as naive UTC."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def series(text: str) -> pl.Series:
    """One instant."""
    return pl.Series([instant(text)])


IT = pl.Series(["it"])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_add"))
def test_business_time_add(definitions: Any, case: Any) -> None:
    """Working time added to an instant ends where other projects say."""
    given = case["given"]
    due = calendar(definitions, case).add(series(given["start"]), pl.Series([given["add_seconds"]]), IT)
    assert due[0] == instant(case["expect"]["due"])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_elapsed"))
def test_business_time_elapsed(definitions: Any, case: Any) -> None:
    """Working time between two instants is what other projects count."""
    took = calendar(definitions, case).elapsed(series(case["given"]["start"]), series(case["given"]["end"]), IT)
    assert took[0] == timedelta(seconds=case["expect"]["seconds"])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_probe"))
def test_business_time_probe(definitions: Any, case: Any) -> None:
    """Opening time is inside, closing time is outside."""
    assert calendar(definitions, case).is_open(series(case["given"]["at"]), IT)[0] is case["expect"]["open"]


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_periods"))
def test_business_time_periods(definitions: Any, case: Any) -> None:
    """The next open periods, clipped at the instant asked from."""
    given = case["given"]
    periods = calendar(definitions, case).periods("it", instant(given["after"]), given["count"])
    assert periods == [tuple(map(instant, pair)) for pair in case["expect"]["periods"]]


def counted(given: dict[str, Any]) -> date:
    """`add_working_days` with our arithmetic: days that work all day long, from the midnight that begins the date."""
    start, extra = date.fromisoformat(given["from"]), set(given.get("extra_working_days", ()))
    years = range(start.year - 1, start.year + 3)
    closed = {f"{year}-{day}" for day in given.get("annual_holidays", ()) for year in years} - extra
    week: Any = {day: hours for day, hours in ALWAYS.items() if day not in given.get("weekend", ("sat", "sun"))}
    days = Calendars({"it": Calendar(hours=week, closed=tuple(closed))})
    at = pl.Series([datetime(start.year, start.month, start.day)])
    due = days.add_days(at, pl.Series([given["n"]]), IT)[0]
    assert isinstance(due, datetime)
    return due.date()


def rolled(given: dict[str, Any]) -> datetime:
    """`roll_over` with our arithmetic: the same wall time on the n-th working day."""
    week: Any = dict.fromkeys(given["working_days"], "-".join(given["hours"]))
    due = Calendars({"it": Calendar(hours=week)}).add_days(series(given["start"]), pl.Series([given["n"]]), IT)[0]
    assert isinstance(due, datetime)
    return due


@pytest.mark.parametrize(("definitions", "case"), cases("working_days"))
def test_working_days(definitions: Any, case: Any) -> None:
    """Whole working days later is the date, or the instant, that other projects say."""
    given, expect = case["given"], case["expect"]
    if given["op"] in NOT_OURS or given.get("end_of_day"):
        pytest.skip(f"{given['op']} is not a question of opening hours")
    if given["op"] == "roll_over":
        assert rolled(given) == instant(expect["instant"])
    else:
        assert counted(given).isoformat() == expect["date"]
