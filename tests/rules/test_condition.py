"""Conditions of rules: what they say of rows, with another implementation of the language as oracle."""

from datetime import datetime
from decimal import Decimal

import celpy
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules import condition

_PIECES = (
    "order.tier == 'gold'",
    "order.value > 100.0",
    "has(order.tier)",
    "finding.cause in ['a', 'b']",
    "!has(order.value)",
)


def test_a_condition_that_cannot_be_read_says_where_it_breaks() -> None:
    """The place and what was expected there, in one line."""
    assert "1:14" in condition.fault("order.tier ==")
    assert condition.fault("order.tier == 'gold'") == ""


def test_a_missing_value_is_unknown_and_not_false() -> None:
    """So that a rule which asks for what is not there does not apply, and does not pretend to have judged."""
    frame = pl.DataFrame({"order.tier": ["gold", None, "silver"]})
    assert condition.holds("order.tier == 'gold'", frame).to_list() == [True, None, False]
    assert condition.holds("has(order.tier) && order.tier == 'gold'", frame).to_list() == [True, False, False]
    assert condition.holds("order.nothing == 1", frame).to_list() == [None, None, None]


def test_what_is_no_truth_value_and_what_does_not_fit_are_unknown() -> None:
    """`1 + 1` is no answer, and text is not compared with a number."""
    assert condition.says("1 + 1", {}) is None
    assert condition.says("order.tier > 3", {"order": {"tier": "gold"}}) is None


def test_money_and_instants_can_be_compared() -> None:
    """Decimals as doubles, instants as timestamps in UTC."""
    frame = pl.DataFrame({"order.value": [Decimal("1000.01")], "finding.since": [datetime(2026, 11, 2, 9)]})
    assert condition.holds("order.value > 1000.0", frame).to_list() == [True]
    assert condition.holds("finding.since < timestamp('2026-11-02T10:00:00Z')", frame).to_list() == [True]


def test_names_in_quotes_are_no_names() -> None:
    """What a condition reads is told by its text without what is quoted."""
    assert condition.names("order.tier == 'order.value' && finding.cause.startsWith(\"x\")") == (
        "order.tier",
        "finding.cause",
    )


@pytest.mark.parametrize("joined", ["&&", "||"])
@settings(deadline=None)  # the other implementation builds its grammar at the first question
@given(
    left=st.sampled_from(_PIECES), right=st.sampled_from(_PIECES), tier=st.sampled_from([None, "gold", "silver"]),
    value=st.sampled_from([None, 5.0, 500.0]), cause=st.sampled_from([None, "a", "c"]),
)  # fmt: skip
def test_another_implementation_says_the_same(
    joined: str, left: str, right: str, tier: str | None, value: float | None, cause: str | None
) -> None:
    """cel-python is the oracle: true, false, or a failure which we call unknown."""
    text = f"({left}) {joined} ({right})"
    row = {"order.tier": tier, "order.value": value, "finding.cause": cause}
    ours = condition.holds(text, pl.DataFrame({name: [value] for name, value in row.items()}, strict=False)).to_list()
    assert ours == [_oracle(text, row)]


def _oracle(text: str, row: dict[str, object]) -> bool | None:
    about: dict[str, dict[str, object]] = {"order": {}, "finding": {}}
    for name, value in row.items():
        if value is not None:
            about[name.split(".")[0]][name.split(".")[1]] = value
    environment = celpy.Environment()
    try:
        program = environment.program(environment.compile(text))
        return bool(program.evaluate({root: celpy.json_to_cel(values) for root, values in about.items()}))
    except celpy.CELEvalError:
        return None
