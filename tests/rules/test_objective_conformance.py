"""Objectives against the worked examples of other projects."""

from datetime import timedelta
from fractions import Fraction
from typing import Any

import polars as pl
import pytest

from app.errors import WrongUse
from rules.objective import periods
from rules.objective.budget import burn_down, figures
from rules.objective.burn import (
    detected,
    exhausts,
    factor,
    fires,
    reachable,
    short_of,
    silent_after,
    spent,
    usual,
)
from rules.objective.exact import exact
from tests.conformance import examples, instant, needed

pytestmark = needed


def counted(given: dict[str, Any], objective: Fraction) -> dict[str, Any]:
    """One row of counts with its figures."""
    total = given.get("slices_total", given.get("total"))
    if given.get("mode") != "excluded_counts_as_good":
        total -= given.get("slices_excluded", 0)
    good = given["good"] if "good" in given else total - given["slices_bad"]
    return figures(pl.DataFrame({"good": [good], "total": [total]}), objective).row(0, named=True)


def of_status(given: dict[str, Any], objective: Fraction) -> dict[str, Any]:
    """Counts that have the share and the budget which a case of status names."""
    if given["sli"] is None:
        return figures(pl.DataFrame({"good": [0], "total": [0]}), objective).row(0, named=True)
    counts = pl.DataFrame({"good": [round(1000 * given["sli"])], "total": [1000]})
    row = figures(counts, objective).row(0, named=True)
    assert max(0.0, row["remaining"]) == pytest.approx(given["remaining"])
    return row


@pytest.mark.parametrize(("_", "given", "expect"), [c for c in examples("error_budget") if "validate" not in str(c)])
def test_error_budget(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Shares, budgets and status of counts."""
    objective = exact(given.get("target", 0.5))
    if given["op"] == "slice_budget":
        slices = given["window_s"] // given["slice_s"]
        row = figures(pl.DataFrame({"good": [slices], "total": [slices]}), objective).row(0, named=True)
        assert (slices, row["allowed"] * given["slice_s"]) == (expect["slices_total"], expect["bad_seconds"])
        return
    row = of_status(given, objective) if given["op"] == "status" else counted(given, objective)
    share = row["attainment"]
    told = row | {"sli": share, "percent": 100 * (share or 0), "percent_bad": 100 - 100 * (share or 0)}
    told["remaining"] = max(0.0, row["remaining"])
    tolerance = 1e-3 if "percent" in str(expect) else 1e-6
    assert {name: told[name] for name in expect} == {
        name: value if value is None or isinstance(value, str) else pytest.approx(value, abs=tolerance)
        for name, value in expect.items()
    }


def burned(given: dict[str, Any]) -> dict[str, Any]:
    """The answer of our arithmetic to one case."""
    said = {name: exact(value) for name, value in given.items() if name != "op"}
    match given["op"]:
        case "exhaustion":
            rate = said["burn_rate"]
            return {"error_rate": rate * (1 - said["slo"]), "exhausts_s": exhausts(given["period_s"], rate)}
        case "detection":
            times = said.get("burn_rate") or said["threshold_error_rate"] / (1 - said["slo"])
            return {"seconds": detected(said["slo"], said["error_rate"], given["window_s"], times)}
        case "spend":
            part = spent(said["slo"], given["period_s"], said["error_rate"], given["duration_s"])
            return {"budget_fraction": part}
        case "can_fire":
            limit = said["factor"] * (1 - said["slo"])
            return {"can_fire": reachable(said["slo"], said["factor"]) and said["error_rate"] > limit}
        case "alerts":
            both = said["long_error_ratio"], said["short_error_ratio"]
            return {"fires": fires(*both, said["slo"], said["factor"])}
        case _:
            return {"short_window_s": short_of(given["long_window_s"])}


@pytest.mark.parametrize(("_", "given", "expect"), examples("burn_rate_math"))
def test_burn_rate_math(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """How fast budgets go, when it is noticed, and what can be noticed at all."""
    exactly = expect.pop("exact", False)
    told = burned(given)
    for name, value in expect.items():
        plain = value is None or isinstance(value, bool) or exactly
        assert told[name] == (value if plain else pytest.approx(value, rel=0.01)), name


@pytest.mark.parametrize(("_", "given", "expect"), examples("burn_rate_windows"))
def test_burn_rate_windows(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Factors and windows that follow from a period."""
    period = given["period_s"]
    if given["op"] == "factor":
        times = factor(period, Fraction(given["budget_percent"], 100), given["long_window_s"])
        assert float(times) == pytest.approx(expect["factor"], rel=1e-9)
    elif given["op"] == "absent":
        assert silent_after(exact(given["target"]), usual(period)) == expect["absent_s"]
    else:
        assert given["op"] == "scaled"
        told = [
            {"for_s": w.hold, "long_s": w.long, "short_s": w.short, "factor": w.factor,
             "exhausts_s": exhausts(period, w.factor)}
            for w in usual(period)
        ]  # fmt: skip
        assert told == expect["windows"]


@pytest.mark.parametrize(("_", "given", "expect"), examples("budget_burndown"))
def test_budget_burndown(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """What is left after each day, and the straight line beside it."""
    spare = 1 - exact(f"{given['objective_percent']}%")
    bad = [100 - share for share in given["availability_percent"]]
    told = burn_down(bad, float(100 * spare * given["period_days"]), given["period_days"])
    assert (told["remaining"] * 100).to_list() == pytest.approx(expect["remaining_percent"], abs=1e-6)
    assert (told["ideal"] * 100).to_list() == pytest.approx(expect["ideal_percent"], abs=1e-6)


@pytest.mark.parametrize(("_", "given", "expect"), examples("slo_periods"))
def test_slo_periods(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Where periods begin and end."""
    if given["op"] == "rolling":
        told = periods.rolling(instant(given["now"]), given["unit"], given["n"])
    elif given["op"] == "calendar":
        asked = instant(given["now"]), instant(given["start"]), given["unit"], given["n"]
        if "error" in expect:
            with pytest.raises(WrongUse):
                periods.anchored(*asked)
            return
        told = periods.anchored(*asked)
    else:
        start, end = periods.current(instant(given["at"]), given["unit"])
        told = start, end - timedelta(seconds=1)
    named = {"from": told[0], "to": told[1]}
    assert {name: named[name] for name in expect} == {name: instant(text) for name, text in expect.items()}
