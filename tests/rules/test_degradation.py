"""Interfaces that get worse: against worked examples of other projects, and the laws of what is said when."""

from datetime import datetime, timedelta
from itertools import pairwise
from math import log, sqrt
from typing import Any

import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from rules.degradation.condition import hovering, states
from rules.degradation.limits import Limit, exceeded
from rules.degradation.shift import (
    deviations,
    learned,
    logit,
    lower,
    profile,
    shifted,
    smoothed,
    upper,
)
from rules.spells import spells
from tests.conformance import examples, needed

MONDAY = datetime(2026, 11, 2)


def first(signals: pl.Series) -> int | None:
    """The place of the first true one, counted from 1."""
    found = signals.arg_true()
    return int(found[0]) + 1 if len(found) else None


def measured(given: dict[str, Any]) -> dict[str, Any]:
    """The answer of our arithmetic to one case."""
    if given["op"] == "learning":
        assert (given["period_s"], given["required_fraction"]) == (604_800, 0.2)
        return {"alerts_allowed": learned(timedelta(seconds=given["observed_s"]))}
    values, target = given["values"], given["target"]
    if given["op"] == "ewma":
        weight = given["lambda"]
        line = smoothed(values, target, weight)
        limit = given["width"] * given["sigma"] * sqrt(weight / (2 - weight))
        return {"statistic": line.to_list(), "first_signal": first((line - target).abs() > limit)}
    if given["op"] == "cumulative":
        return {"statistic": (pl.Series(values) - target).cum_sum().to_list()}
    high, low = (side(values, target, given["slack"]) for side in (upper, lower))
    signal = first((high > given["threshold"]) | (low > given["threshold"]))
    return {"upper": high.to_list(), "lower": low.to_list(), "first_signal": signal}


@needed
@pytest.mark.parametrize(("_", "given", "expect"), examples("degradation"))
def test_degradation(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Sums, smoothed lines and first signals of published series."""
    told = measured(given)
    for name, value in expect.items():
        assert told[name] == (pytest.approx(value, abs=0.011) if isinstance(value, list) else value), name


def stated(holds: list[bool | None], step: int, lasting: int, keep: int) -> list[str]:
    """The states of one series that is looked at every `step` seconds."""
    at = [MONDAY + timedelta(seconds=n * step) for n in range(len(holds))]
    looked = pl.DataFrame({"key": "k", "at": at, "holds": pl.Series(holds, dtype=pl.Boolean)})
    return states(looked, ["key"], timedelta(seconds=lasting), timedelta(seconds=keep))["state"].to_list()


@needed
@pytest.mark.parametrize(("_", "given", "expect"), examples("condition_state"))
def test_condition_state(_: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Pending, firing, inactive, as others say."""
    limit, below = given["comparison"]["threshold"], given["comparison"]["op"] == "<"
    holds = [value < limit if below else value > limit for value in given["values"]]
    assert stated(holds, given["step_s"], given["for_s"], given["keep_firing_s"]) == expect["states"]


def by_hand(holds: list[bool | None], lasting: int, keep: int) -> list[str]:
    """The state machine, one look after the other; a look is a second."""
    known, since, firing, said = False, 0, False, []
    for n, holding in enumerate(holds):
        if holding is not None and holding != known:
            known, since = holding, n
        if holding is not None and n - since >= (lasting if known else keep):
            firing = known
        said.append("firing" if firing else "pending" if known else "inactive")
    return said


HOLDS = st.lists(st.sampled_from([True, False, None]), max_size=30)


@settings(max_examples=150, deadline=None)
@drawn(HOLDS, st.integers(0, 4), st.integers(0, 4))
def test_states_are_those_of_the_machine(holds: list[bool | None], lasting: int, keep: int) -> None:
    """All series at once give what one would write down step by step."""
    assert stated(holds, 1, lasting, keep) == by_hand(holds, lasting, keep)


def test_series_do_not_mix() -> None:
    """Each key has its own past."""
    looked = pl.DataFrame({
        "key": ["a", "a", "b", "b"], "at": [MONDAY, MONDAY + timedelta(minutes=1)] * 2,
        "holds": [True, True, False, True],
    })  # fmt: skip
    told = states(looked, ["key"], timedelta(minutes=1), timedelta())
    assert told["state"].to_list() == ["pending", "firing", "inactive", "pending"]


def test_between_two_limits_nothing_is_decided() -> None:
    """Raised above 2, clear below 1.5; at either limit and without a value it is unknown."""
    frame = pl.DataFrame({"x": [2.1, 2.0, 1.5, 1.4, None]})
    assert frame.select(hovering(pl.col("x"), 2, 1.5)).to_series().to_list() == [True, None, None, False, None]
    assert frame.select(hovering(pl.col("x"), 2)).to_series().to_list() == [True, False, False, False, None]


LIMITS = (Limit("error_share", 0.02, 0.015), Limit("p95", 2, times=True), Limit("lag", 300))


@pytest.mark.parametrize(
    ("attempts", "errors", "p95", "lag", "holds", "names"),
    [
        (100, 3, 100.0, 0.0, True, ["error_share"]),
        (100, 2, 100.0, 0.0, None, []),
        (100, 1, 100.0, 0.0, False, []),
        (100, 1, 200.0, 300.0, False, []),
        (100, 1, 201.0, 301.0, True, ["p95", "lag"]),
        (29, 29, 900.0, 900.0, None, []),
        (30, 30, 900.0, None, True, ["error_share", "p95"]),
        (100, 0, None, 0.0, None, []),
        (0, 0, None, None, None, []),
    ],
)
def test_hard_limits(attempts: int, errors: int, p95: float | None, lag: float | None, holds: Any, names: Any) -> None:
    """Strictly above, with enough attempts; what is not known accuses nobody and heals nobody."""
    frame = pl.DataFrame({"attempts": [attempts], "errors": [errors], "p95": [p95], "lag": [lag], "usual_p95": [100.0]},
                         schema_overrides={"p95": pl.Float64, "lag": pl.Float64})  # fmt: skip
    told = exceeded(frame, LIMITS, least=30).row(0, named=True)
    assert (told["holds"], told["exceeds"]) == (holds, names)
    assert told["error_share"] == (errors / attempts if attempts else None)


def history(hours: int, value: Any = lambda at: 0.0, key: str = "k") -> pl.DataFrame:
    """A window each hour from Monday on."""
    at = [MONDAY + timedelta(hours=n) for n in range(hours)]
    return pl.DataFrame({"key": key, "at": at, "n": 100, "value": [float(value(one)) for one in at]})


def test_nothing_is_usual_before_34_hours() -> None:
    """A fifth of a week: an hour less, and there is no profile and no verdict."""
    assert profile(history(33), MONDAY + timedelta(hours=33)).is_empty()
    assert len(profile(history(34), MONDAY + timedelta(hours=34))) == 24
    now = history(34)
    assert deviations(now, profile(now, MONDAY + timedelta(hours=33)))["z"].null_count() == 34


def test_the_hour_of_the_day_until_four_weeks_are_known() -> None:
    """Then the hour of the week: a slow Sunday is usual from then on."""
    weeks = 4 * 7 * 24
    slow_sundays = history(weeks + 24, lambda at: 2.0 if at.weekday() == 6 else 0.0)
    early = profile(slow_sundays, MONDAY + timedelta(hours=weeks - 1))
    late = profile(slow_sundays, MONDAY + timedelta(hours=weeks))
    assert (len(early), len(late)) == (24, 168)
    assert not early["weekly"].any() and late["weekly"].all()
    sunday = slow_sundays.filter(pl.col("at").dt.weekday() == 7)
    assert deviations(sunday, early)["z"].unique().to_list() == [4.0], "far off, and cut at four spreads"
    assert deviations(sunday, late)["z"].unique().to_list() == [0.0]


def test_what_is_learned_lies_in_the_four_weeks_before() -> None:
    """The window at their beginning teaches, the one at their end does not; so does one of thirty samples."""
    until = MONDAY + timedelta(weeks=5)
    at = [until - timedelta(weeks=4), until - timedelta(weeks=5), until]
    rows = pl.DataFrame({"key": "k", "at": at, "n": 30, "value": [1.0, 2.0, 3.0]})
    assert profile(rows, until).select("median", "samples").rows() == [(1.0, 1)]
    assert profile(rows.with_columns(n=29), until).is_empty()
    usual = profile(rows, until)
    assert deviations(rows, usual)["z"].to_list() == [0.0, 4.0, 4.0]
    assert deviations(rows.with_columns(n=29), usual)["z"].null_count() == 3
    assert learned(timedelta(hours=34)) and not learned(timedelta(hours=34) - timedelta(seconds=1))


def test_a_sum_of_exactly_five_does_not_hold_yet() -> None:
    """Two windows of three spreads make five; what comes above it does."""
    rows = pl.DataFrame({"key": "k", "at": [MONDAY + timedelta(hours=n) for n in range(4)], "z": [3.0, 3.0, 0.6, None]})
    told = shifted(rows)
    assert told["upper"].to_list() == pytest.approx([2.5, 5.0, 5.1, 5.1])
    assert told["holds"].to_list() == [False, False, True, None]


def test_an_incident_is_not_learned_as_normal() -> None:
    """Excluded windows, and windows of a few samples, teach nothing."""
    bad = history(48, lambda at: 9.0 if at.day == 3 else 1.0)
    marked = bad.with_columns(excluded=pl.col("value") > 5)
    assert profile(marked, MONDAY + timedelta(hours=48))["median"].unique().to_list() == [1.0]
    few = bad.with_columns(n=pl.when(pl.col("value") > 5).then(3).otherwise(100))
    assert profile(few, MONDAY + timedelta(hours=48))["median"].unique().to_list() == [1.0]
    assert deviations(few, profile(few, MONDAY + timedelta(hours=48)))["z"].null_count() == 24


def test_the_hour_is_that_of_the_wall() -> None:
    """In Berlin the working day begins an hour earlier in UTC when the clocks have gone forward."""
    opening = datetime(2026, 3, 27, 7), datetime(2026, 3, 30, 6)
    rows = pl.DataFrame({"key": "k", "at": [*opening, datetime(2026, 3, 28)], "n": 100, "value": [1.0, 1.0, 5.0]})
    slots = profile(rows, datetime(2026, 3, 31), "Europe/Berlin").filter(pl.col("median") == 1)
    assert slots.select("slot", "samples").rows() == [(8, 2)]


def test_a_lasting_shift_is_noticed_and_its_end_soon_after() -> None:
    """A quarter slower than usual raises within twelve windows; ten windows after its end it is over."""
    usual = history(24 * 14)
    worse = history(24 * 18, lambda at: log(1.25) if 15 <= (at - MONDAY).days < 17 else 0.0)
    told = shifted(deviations(worse, profile(usual, MONDAY + timedelta(days=14))))
    on = told.filter(pl.col("holds"))["at"]
    start, end = MONDAY + timedelta(days=15), MONDAY + timedelta(days=17)
    first_at, last_at = on.min(), on.max()
    assert isinstance(first_at, datetime) and isinstance(last_at, datetime)
    assert start <= first_at <= start + timedelta(hours=12)
    assert end <= last_at + timedelta(hours=1) <= end + timedelta(hours=10)


@settings(max_examples=80, deadline=None)
@drawn(st.lists(st.floats(-4, 4), max_size=60))
def test_a_sum_never_leaves_its_bounds(values: list[float]) -> None:
    """Between 0 and the cap, at most a step at a time; without a cap it is the textbook's, in closed form."""
    capped = [0.0, *upper(values, 0, 0.5, 10)]
    assert all(0 <= one <= 10 for one in capped)
    assert all(after - before <= 3.5 + 1e-9 for before, after in pairwise(capped))
    total = (pl.Series(values, dtype=pl.Float64) - 0.5).cum_sum()
    closed = [one - min(0.0, *total[: n + 1]) for n, one in enumerate(total)]
    assert upper(values, 0, 0.5).to_list() == pytest.approx(closed, abs=1e-9)


def test_a_share_of_errors_has_a_finite_scale() -> None:
    """At none and at all alike, and the same distance on both sides."""
    told = pl.DataFrame({"e": [0, 50, 100], "n": [100] * 3}).select(logit(pl.col("e"), pl.col("n"))).to_series()
    assert told[0] == pytest.approx(-told[2]) and told[1] == 0


def test_spells_of_a_state_and_the_one_that_lasts() -> None:
    """Each begins with its first look and is over at the first look that is clear; the last one has no end yet."""
    at = [MONDAY + timedelta(minutes=n) for n in range(6)]
    looked = pl.DataFrame({"key": ["a"] * 4 + ["b"] * 2, "at": at, "on": [True, True, False, True, True, False], "x": range(6)})  # fmt: skip
    told = spells(looked, ["key"], "on").select("key", "x", "raised_at", "cleared_at").rows()
    assert told == [("a", 0, at[0], at[2]), ("a", 3, at[3], None), ("b", 4, at[4], at[5])]
