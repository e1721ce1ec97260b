"""Kind `interface`: what a look follows from, what such a rule may say, and how its numbers are told."""

from datetime import datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rules.book import load, watches
from rules.degradation.rule import LENGTH, WINDOW, Degrading, told
from rules.degradation.shift import MEMORY
from rules.degradation.spoken import spoken
from rules.kinds import KINDS
from rules.kinds.interface import FIRING, beginning, degrading, looks
from tests.soak import examples

S30 = watches(load(KINDS))[0]
MONDAY = datetime(2026, 11, 2)


def rule(**said: Any) -> Degrading:
    """S30 with other values."""
    return Degrading.model_validate(S30.model_dump(by_alias=True) | said)


def windows(*rows: tuple[int, int, int, float], key: str = "k", first: datetime = MONDAY) -> pl.DataFrame:
    """Windows of one interface: which quarter after Monday midnight, attempts, errors, median."""
    made = [
        (key, "client", MONDAY + n * LENGTH, first, calls, bad, 0, 0, ms, 2 * ms, None, None)
        for n, calls, bad, ms in rows
    ]
    return pl.DataFrame(made, schema=WINDOW, orient="row")


QUARTERS = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([0, 29, 40, 400]), st.sampled_from([0, 1, 5]), st.sampled_from([100.0, 115.0, 300.0])),
    unique_by=lambda row: row[0], min_size=1, max_size=20,
)  # fmt: skip


@settings(max_examples=examples(12), deadline=None)
@given(QUARTERS, st.randoms())
def test_looks_do_not_depend_on_when_they_were_made(rows: list[Any], random: Any) -> None:
    """One quarter after the other, each from its block on, gives what all of them at once give, in whatever order they stand."""
    past = [(n, 400, 2, 100.0) for n in range(-160, 0)]
    early = MONDAY - 160 * LENGTH
    every = windows(*past, *rows, first=early)
    whole = looks(every.sample(fraction=1, shuffle=True, seed=random.randint(0, 99)), S30)
    known = looks(windows(*past, first=early), S30)
    for n in sorted(row[0] for row in rows):
        at = MONDAY + n * LENGTH
        start = beginning(at)
        so_far = every.filter(pl.col("at") <= at, pl.col("at") >= start - MEMORY)
        fresh = looks(so_far, S30, at, known.filter(pl.col("at") < start))
        known = pl.concat([known.filter(pl.col("at") < start), fresh])
    assert known.sort("at").equals(whole.sort("at"))


def test_a_look_knows_nothing_of_what_comes_later() -> None:
    """Cut after any quarter, what was said until then is the same."""
    rows = [(n, 400, 2, 100.0) for n in range(160)] + [
        (160, 400, 30, 100.0),
        (161, 400, 30, 100.0),
        (162, 400, 2, 400.0),
    ]
    whole = looks(windows(*rows), S30)
    for last in (150, 160, 161):
        cut = looks(windows(*rows[: last + 1]), S30)
        assert cut.equals(whole.filter(pl.col("at") <= MONDAY + last * LENGTH))
    assert whole.filter(state=FIRING)["at"].min() == MONDAY + 161 * LENGTH


def test_interfaces_do_not_mix() -> None:
    """One that fails leaves the other one as it is alone."""
    good = windows(*[(n, 400, 2, 100.0) for n in range(8)], key="good")
    bad = windows(*[(n, 400, 40, 100.0) for n in range(8)], key="bad")
    both = looks(pl.concat([good, bad]), S30)
    assert both.filter(key="good").equals(looks(good, S30))
    assert degrading(both, MONDAY + timedelta(days=1), LENGTH)["key"].to_list() == ["bad"]


@pytest.mark.parametrize(
    ("limit", "bad", "over"),
    [("2%", 8, False), ("2%", 9, True), ("2.5%", 10, False), ("2.5%", 11, True)],
)
def test_a_share_at_its_limit_is_still_in_it(limit: str, bad: int, over: bool) -> None:
    """Of four hundred calls, two percent are eight: the ninth is too much."""
    one = rule(limits=[{"measure": "error_share", "above": limit}], shift=[])
    found = looks(windows((0, 400, bad, 100.0), (1, 400, bad, 100.0)), one)
    assert (found["state"].to_list()[-1] == FIRING) is over


def test_an_interface_may_have_values_of_its_own() -> None:
    """The first override that matches wins for each field by itself; a partner is at either end; the rest stays."""
    one = rule(
        limits=[{"measure": "error_share", "above": "2%"}], shift=[], override=[
            {"when": {"partner": "3pl.west", "side": ["client", "server"]}, "limits": [{"measure": "error_share", "above": "20%"}]},
            {"when": {"source": "mw.hub"}, "severity": "critical", "limits": [{"measure": "error_share", "above": "1%"}]},
        ],
    )  # fmt: skip
    west, other = one.at("mw.hub", "3pl.west", "client"), one.at("erp.main", "crm.sf", "client")
    assert (west.severity, west.limits[0].above, other) == ("critical", "20%", one)
    assert one.at("mw.hub", "3pl.west", "queue").limits[0].above == "1%"
    bad = windows(*((n, 400, 40, 100.0) for n in range(3)))
    assert [looks(bad, each)["state"].to_list()[-1] == FIRING for each in (west, other)] == [False, True]


def test_a_dead_letter_may_wait_for_so_long() -> None:
    """An hour and not a second more, for two quarters."""
    one = rule(limits=[{"measure": "dead_letter", "above": "1h"}], shift=[])
    waits = windows(*((n, 400, 0, 100.0) for n in range(4)))
    for seconds, on in ((3600.0, False), (3601.0, True)):
        found = looks(waits.with_columns(dead_letter=pl.lit(seconds)), one)
        assert (found["state"].to_list()[-1] == FIRING) is on
    row = {"exceeds": ["dead_letter"], "dead_letter": 3601.0}
    assert spoken(row, one) == "the oldest dead letter has waited for 3,601 s, above 1h"


def test_what_is_usual_is_learned_for_as_long_as_the_rule_says() -> None:
    """Slower than ever after two days: said after 34 hours of learning, and not where it takes a week."""
    rows = windows(*((n, 400, 2, 100.0) for n in range(192)), *((n, 400, 2, 300.0) for n in range(192, 200)))
    shift = {"measure": "log_latency", "learn": "34h"}
    for learn, on in (("34h", True), ("168h", False)):
        found = looks(rows, rule(limits=[], shift=[shift | {"learn": learn}]))
        assert (found["state"].to_list()[-1] == FIRING) is on, learn


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ({"limits": [], "shift": []}, "give `limits` or `shift`"),
        ({"limits": [{"measure": "lag", "above": "2%"}]}, "2%"),
        ({"limits": [{"measure": "error_share", "above": "2x baseline"}]}, "not compared with a baseline"),
        ({"limits": [{"measure": "error_share", "above": "2%", "clear": "3%"}]}, "lies above"),
        ({"limits": [{"measure": "error_share", "above": "2%"}] * 2}, "stands twice"),
        ({"limits": [{"measure": "colour", "above": "2%"}]}, "error_share"),
        ({"shift": [{"measure": "log_latency", "learn": "33h"}]}, "less than 34h"),
        ({"for": "2 hours"}, "pattern"), ({"window": "5m"}, "15m"), ({"zone": "Mars/Base"}, "Mars/Base"), ({"colour": 1}, "Extra"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(said: dict[str, Any], wrong: str) -> None:
    """Each word of a rule is checked, and what is wrong is said."""
    with pytest.raises(ValidationError, match=wrong):
        rule(**said)


@pytest.mark.parametrize(
    "text", ["then 1h attempts=1", "2026-11-02 00:00 1h colour=1", "2026-11-02 00:00 attempts=1", "x"]
)
def test_a_line_of_an_example_that_cannot_be_read_is_named(text: str) -> None:
    """With its number."""
    with pytest.raises(ValueError, match="line 1"):
        told(text)


def test_numbers_are_told_with_their_limits() -> None:
    """Each measure that is exceeded, its value, and its limit or what is usual."""
    row = {
        "exceeds": ["error_share", "retry_share", "p95", "lag", "log_latency", "logit_errors"], "attempts": 300, "errors": 31, "retries": 30,
        "limited": 0, "p50": 120.0, "p95": 520.0, "lag": 412.0, "log_p95_usual": 5.48, "log_latency_usual": 4.605, "log_latency_sum": 6.25,
        "logit_errors_usual": -4.6, "logit_errors_sum": 9.0,
    }  # fmt: skip
    said = spoken(row, S30)
    for part in (
        "31 of 300 failed (10.3%), above 2%", "30 of 300 sent again (10.0%), above 5%", "p95 520 ms, above 2x baseline (240 ms)",
        "needs 412 s", "above 5m", "median 120 ms where 100 ms is usual", "add up to 6.2, above 5", "where 1.0% is usual",
    ):  # fmt: skip
        assert part in said, part


def test_fewer_calls_without_errors_are_no_drift() -> None:
    """The share of errors of half as many calls is not known as well, and no worse; a real drift of it is seen."""
    past = [(n, 800, 0, 100.0) for n in range(160)]
    quiet = looks(windows(*past, *[(n, 400, 0, 100.0) for n in range(160, 200)]), S30)
    assert quiet.filter("holds").is_empty()
    once = looks(windows(*past, *[(n, 400, n == 170, 100.0) for n in range(160, 200)]), S30)
    assert once.filter("holds").is_empty(), "a single error"
    worse = looks(windows(*past, *[(n, 400, 4, 100.0) for n in range(160, 200)]), S30)
    assert worse.filter(state=FIRING)["exceeds"].to_list()[0] == ["logit_errors"]
