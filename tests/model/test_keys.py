"""Numbers as they were written: what cannot be right is kept and marked."""

import unicodedata

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.model.event import EVENT, MENTION
from app.model.keys import TYPES, keyed, normalised_list
from app.store.questions.resolve import spellings


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


CONTROLS = st.text([chr(n) for n in (*range(9), *range(14, 32), *range(127, 133), *range(134, 160))], max_size=2)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(TYPES),
    parts=st.lists(st.tuples(CONTROLS, st.text(st.characters(codec="utf-8"), max_size=3)), max_size=4),
)
def test_every_way_to_spell_a_number_agrees_and_has_no_control_characters(
    kind: str, parts: list[tuple[str, str]]
) -> None:
    """An event's key, a span's, and what a person asks for: the same, with and without what nobody wrote."""
    value, bare = "".join(a + b for a, b in parts), "".join(b for _, b in parts if b)
    [asked] = spellings(value, [kind])
    spanned = pl.select(normalised_list(pl.lit([f"{kind}:{value}"], pl.List(pl.String)))).item().to_list()
    keys, _ = told(kind, value)
    assert spanned == [f"{kind}:{asked}"]
    assert [key.split(":", 2)[2] for key in keys] == [asked] * bool(asked)
    assert not any(unicodedata.category(sign) == "Cc" for sign in asked)
    assert [asked] == spellings(bare, [kind])


def test_an_issuer_has_no_control_characters() -> None:
    """Neither one that is named nor the source itself."""
    event = {"item": 0, "source": "3pl.\x00west", "native_id": "1", "type": "package.packed", "flags": []}
    said = [{"item": 0, "type": "fo", "value": "1"}, {"item": 0, "type": "fo", "value": "2", "issuer": "3pl\x7f.e"}]
    made = keyed(pl.DataFrame([event], schema=EVENT), pl.DataFrame(said, schema=MENTION), {})
    assert made["keys"][0].to_list() == ["fo:3pl.e:2", "fo:3pl.west:1"]
