"""Numbers as they were written: what cannot be right is kept and marked."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import EVENT, MENTION
from app.model.keys import keyed


def told(kind: str, value: str, flags: list[str] | None = None) -> tuple[list[str], list[str]]:
    """The keys and flags of one event that names one number."""
    event = {"item": 0, "source": "3pl.west", "native_id": "1", "type": "package.packed", "flags": flags or []}
    mention = {"item": 0, "type": kind, "value": value}
    made = keyed(pl.DataFrame([event], schema=EVENT), pl.DataFrame([mention], schema=MENTION), {})
    return made["keys"][0].to_list(), made["flags"][0].to_list()


@settings(max_examples=40, deadline=None)
@given(digits=st.text("0123456789", min_size=17, max_size=17), wrong=st.integers(1, 9))
def test_a_wrong_check_digit_is_marked(digits: str, wrong: int) -> None:
    """Weights 3 and 1 from the right: the one digit that fits is taken, any other is kept and marked."""
    check = -sum(int(one) * (3 if place % 2 == 0 else 1) for place, one in enumerate(digits)) % 10
    good, bad = f"{digits}{check}", f"{digits}{(check + wrong) % 10}"
    assert told("sscc", good) == ([f"sscc::{good}"], [])
    assert told("sscc", bad, ["clamped"]) == ([f"sscc::{bad}"], ["clamped", "check_digit"])


@pytest.mark.parametrize(("value", "flags"), [("1.23457E+11", ["number_damaged"]), ("E+11", []), ("450012E", [])])
def test_what_a_spreadsheet_did_to_a_number_is_marked(value: str, flags: list[str]) -> None:
    """It is kept as it came: nobody can tell which number it was."""
    assert told("so", value) == ([f"so:erp:{value}"], flags)
