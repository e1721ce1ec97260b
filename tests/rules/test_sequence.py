"""The order of events and the time between them: verdicts of other projects, and each template told step by step."""

from typing import Any

import polars as pl
import pytest
from hypothesis import given as drawn
from hypothesis import settings
from hypothesis import strategies as st

from rules.sequence.constraints import TEMPLATES, violating
from rules.sequence.timing import deviating, pairs, profile
from tests.conformance import examples, instant, needed


def log_of(definitions: dict[str, Any], name: str) -> pl.DataFrame:
    """An event log of the kit as the frame that we read."""
    rows = [(e["case"], e["activity"], instant(e["at"])) for e in definitions["logs"][name]]
    return pl.DataFrame(rows, schema=["subject", "activity", "at"], orient="row").with_row_index("place")


@needed
@pytest.mark.parametrize(("definitions", "given", "expect"), examples("process_constraints"))
def test_process_constraints(definitions: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """The same subjects violate the same constraints."""
    found = violating(log_of(definitions, given["log"]), given["template"], given["a"], given.get("b", ""))
    assert found.to_list() == expect["violating_cases"]


@needed
@pytest.mark.parametrize(("definitions", "given", "expect"), examples("process_timing"))
def test_process_timing(definitions: Any, given: dict[str, Any], expect: dict[str, Any]) -> None:
    """Mean, deviation, and the pairs that lie far from them."""
    found = pairs(log_of(definitions, given["log"]), given["from"], given["to"])
    usual = profile(found)
    assert usual == (pytest.approx(expect["mean_s"], abs=1), pytest.approx(expect["stdev_s"], abs=1))
    assert usual is not None
    told = deviating(found, usual, given["zeta"]).select("subject", "seconds").sort("subject", "seconds").rows()
    assert told == sorted((one["case"], one["seconds"]) for one in expect["deviations"])


def violated(trace: str, template: str) -> bool:
    """Each template of a and b as one reads it off a trace of letters."""
    a = [n for n, one in enumerate(trace) if one == "a"]
    b = [n for n, one in enumerate(trace) if one == "b"]
    response = any(not any(m > n for m in b) for n in a)
    precedence = any(not any(m < n for m in a) for n in b)
    two = trace.replace("c", "")
    alt_response = any(two[n : n + 2] != "ab" for n, one in enumerate(two) if one == "a")
    alt_precedence = any(two[max(0, n - 1) : n + 1] != "ab" for n, one in enumerate(two) if one == "b")
    chain_response = any(trace[n : n + 2] != "ab" for n in a)
    chain_precedence = any(trace[max(0, n - 1) : n + 1] != "ab" for n in b)
    return {
        "existence": not a, "absence": bool(a), "exactly_one": len(a) != 1, "init": trace[0] != "a",
        "responded_existence": bool(a) and not b, "coexistence": bool(a) != bool(b), "noncoexistence": bool(a and b),
        "response": response, "precedence": precedence, "succession": response or precedence,
        "altresponse": alt_response, "altprecedence": alt_precedence,
        "altsuccession": alt_response or alt_precedence, "chainresponse": chain_response,
        "chainprecedence": chain_precedence, "chainsuccession": chain_response or chain_precedence,
    }[template]  # fmt: skip


@settings(max_examples=60, deadline=None)
@drawn(st.lists(st.text("abc", min_size=1, max_size=7), min_size=1, max_size=8), st.randoms())
def test_every_template_says_what_one_reads_off_a_trace(traces: list[str], random: Any) -> None:
    """All subjects at once, in whatever order the events are listed."""
    rows = [(f"s{n}", one, place) for n, trace in enumerate(traces) for place, one in enumerate(trace)]
    shuffled = random.sample(rows, len(rows))
    events = pl.DataFrame(shuffled, schema=["subject", "activity", "place"], orient="row")
    for template in TEMPLATES:
        expected = [f"s{n}" for n, trace in enumerate(traces) if violated(trace, template)]
        assert violating(events, template, "a", "b").to_list() == expected, template


def test_an_activity_may_follow_itself() -> None:
    """The last a has no other a after it, the first none before; an unknown template is said to be none."""
    events = pl.DataFrame({"subject": "s", "activity": ["a", "a"], "place": [0, 1]})
    assert violating(events, "response", "a", "a").to_list() == ["s"]
    assert violating(events, "precedence", "a", "a").to_list() == ["s"]
    with pytest.raises(KeyError):
        violating(events, "sometimes", "a")


def test_an_event_is_no_pair_with_itself() -> None:
    """From one reminder to the next, not from each to itself."""
    at = [instant(f"2026-11-02T{hour}:00:00Z") for hour in ("09", "10", "12")]
    events = pl.DataFrame({"subject": "s", "activity": "a", "at": at, "place": [0, 1, 2]})
    assert pairs(events, "a", "a")["seconds"].to_list() == [3600, 10_800, 7200]


def test_a_single_pair_deviates_from_nothing() -> None:
    """Its spread is 0, and it is its own mean; without a pair there is no profile."""
    at = [instant("2026-11-02T09:00:00Z"), instant("2026-11-02T10:00:00Z")]
    events = pl.DataFrame({"subject": "s", "activity": ["a", "b"], "at": at, "place": [0, 1]})
    found = pairs(events, "a", "b")
    assert profile(found) == (3600.0, 0.0)
    assert deviating(found, (3600.0, 0.0), 1).is_empty()
    assert deviating(found, (3599.0, 0.0), 1).height == 1
    assert profile(pairs(events, "b", "a")) is None
