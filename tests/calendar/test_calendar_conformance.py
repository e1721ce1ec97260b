"""The calendar against worked examples of other projects: working time, working days, holidays, recurrence."""

from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from app.calendar import Calendars
from app.calendar.public import public
from app.calendar.recurrence import Recurrence
from app.calendar.zones import Zone
from app.settings import Calendar, Correction
from tests.conformance import calendar, cases, instant, needed

pytestmark = needed
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
IT = pl.Series(["it"])


def named(definitions: dict[str, Any], case: dict[str, Any]) -> Calendars:
    """The calendar that a case names, as one of ours called `it`."""
    return Calendars({"it": calendar(definitions["calendars"][case["given"]["calendar"]])})


def series(text: str) -> pl.Series:
    """One instant."""
    return pl.Series([instant(text)])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_add"))
def test_business_time_add(definitions: Any, case: Any) -> None:
    """Working time added to an instant ends where other projects say."""
    given = case["given"]
    due = named(definitions, case).add(series(given["start"]), pl.Series([given["add_seconds"]]), IT)
    assert due[0] == instant(case["expect"]["due"])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_elapsed"))
def test_business_time_elapsed(definitions: Any, case: Any) -> None:
    """Working time between two instants is what other projects count."""
    took = named(definitions, case).elapsed(series(case["given"]["start"]), series(case["given"]["end"]), IT)
    assert took[0] == timedelta(seconds=case["expect"]["seconds"])


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_probe"))
def test_business_time_probe(definitions: Any, case: Any) -> None:
    """Opening time is inside, closing time is outside."""
    assert named(definitions, case).is_open(series(case["given"]["at"]), IT)[0] is case["expect"]["open"]


@pytest.mark.parametrize(("definitions", "case"), cases("business_time_periods"))
def test_business_time_periods(definitions: Any, case: Any) -> None:
    """The next open periods, clipped at the instant asked from."""
    given = case["given"]
    periods = named(definitions, case).periods("it", instant(given["after"]), given["count"])
    assert periods == [tuple(map(instant, pair)) for pair in case["expect"]["periods"]]


def counted(given: dict[str, Any]) -> date:
    """`add_working_days` with our arithmetic: days that work all day long, from the midnight that begins the date."""
    start = date.fromisoformat(given["from"])
    years = range(start.year - 1, start.year + 3)
    closed = tuple(f"{year}-{day}" for day in given.get("annual_holidays", ()) for year in years)
    worked = tuple(Correction(date=day, hours="00:00-24:00") for day in given.get("extra_working_days", ()))
    week: Any = {day: "00:00-24:00" for day in WEEK if day not in given.get("weekend", ("sat", "sun"))}
    days = Calendars({"it": Calendar(hours=week, closed=closed, corrections=worked)})
    at = pl.Series([datetime(start.year, start.month, start.day)])
    due = days.add_days(at, pl.Series([given["n"]]), IT)[0]
    assert isinstance(due, datetime)
    return due.date()


def rolled(given: dict[str, Any]) -> datetime:
    """`roll_over` with our arithmetic: the same wall time on the n-th working day, or its closing time."""
    week: Any = dict.fromkeys(given["working_days"], "-".join(given["hours"]))
    days = Calendars({"it": Calendar(hours=week)})
    later = days.closing if given["end_of_day"] else days.add_days
    due = later(series(given["start"]), pl.Series([given["n"]]), IT)[0]
    assert isinstance(due, datetime)
    return due


def recurring(given: dict[str, Any]) -> date | None:
    """`nth_weekday` and `weekday_on_or_after` as recurrence rules, from the day that is asked about."""
    start = date.fromisoformat(given.get("from") or f"{given['year']}-{given['month']:02}-01")
    weekday = given["weekday"][:2].upper()
    text = f"FREQ=MONTHLY;BYDAY={given['n']}{weekday}" if "n" in given else f"FREQ=WEEKLY;BYDAY={weekday}"
    found = Recurrence.read(text, datetime(start.year, start.month, start.day), Zone.named("UTC")).take(1)[0].date()
    return found if "n" not in given or found.month == given["month"] else None


@pytest.mark.parametrize(("definitions", "case"), cases("working_days"))
def test_working_days(definitions: Any, case: Any) -> None:
    """Whole working days later, or the weekday asked for, is the date or instant that other projects say."""
    given, expect = case["given"], case["expect"]
    if given["op"] == "roll_over":
        assert rolled(given) == instant(expect["instant"])
    else:
        found = counted(given) if given["op"] == "add_working_days" else recurring(given)
        assert (found and found.isoformat()) == expect["date"]


@pytest.mark.parametrize(("definitions", "case"), cases("holidays"))
def test_holidays(definitions: Any, case: Any) -> None:
    """The public holidays of a place are those published, with the days observed for a weekend told apart."""
    place, year = case["given"]["jurisdiction"], case["given"]["year"]
    every = public(place, year)
    observed = every - public(place, year, observed=False)
    assert sorted(map(str, every)) == case["expect"]["dates"]
    assert sorted(map(str, observed)) == case["expect"]["observed"]


@pytest.mark.parametrize(("definitions", "case"), cases("recurrence"))
def test_recurrence(definitions: Any, case: Any) -> None:
    """A recurrence rule comes at the wall times that the standard names."""
    given = case["given"]
    rule = Recurrence.read(given["rule"], datetime.fromisoformat(given["dtstart"]), Zone.named(given["timezone"]))
    assert [wall.isoformat() for wall in rule.take(given["take"])] == case["expect"]["occurrences"]
