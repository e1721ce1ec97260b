"""Constraints on the order of events, by their DECLARE names, over all subjects at once.

`events` has a row per event: `subject`, `activity`, and `place`, which orders the events of a subject (a number, or a
time where no two are the same). What never happens, violates nothing, but for `existence` and `exactly_one`.
Source of the names: Pesic, van der Aalst (DECLARE, 2006).
"""

from collections.abc import Callable, Mapping

import polars as pl

Check = Callable[[str, str], pl.Expr]


def violating(events: pl.DataFrame, template: str, a: str, b: str = "") -> pl.Series:
    """The subjects that violate a constraint, sorted; raises KeyError for a template that there is not."""
    ordered = events.sort("subject", "place")
    found = ordered.group_by("subject").agg(violated=TEMPLATES[template](a, b))
    return found.filter("violated")["subject"].sort()


def _is(name: str) -> pl.Expr:
    return pl.col("activity") == name


def _has(name: str) -> pl.Expr:
    return _is(name).any()


def _next(name: str) -> pl.Expr:
    """Whether the event right after is this one."""
    return _is(name).shift(-1, fill_value=False)


def _before(name: str) -> pl.Expr:
    """Whether the event right before is this one."""
    return _is(name).shift(1, fill_value=False)


def _response(a: str, b: str) -> pl.Expr:
    """An a after which no b comes."""
    return (_is(a) & (_is(b).cum_sum(reverse=True) == 0)).any() if a != b else _has(a)


def _precedence(a: str, b: str) -> pl.Expr:
    """A b before which there was no a."""
    return (_is(b) & (_is(a).cum_sum() - _is(a).cast(pl.UInt32) == 0)).any()


def _among(a: str, b: str) -> pl.Expr:
    """The activities of a and b alone, in their order."""
    return pl.col("activity").filter(_is(a) | _is(b))


def _alt_response(a: str, b: str) -> pl.Expr:
    """An a whose next of the two is not b."""
    two = _among(a, b)
    return ((two == a) & (two.shift(-1, fill_value=a) != b)).any()


def _alt_precedence(a: str, b: str) -> pl.Expr:
    """A b whose last of the two was not a."""
    two = _among(a, b)
    return ((two == b) & (two.shift(1, fill_value=b) != a)).any()


def _chain_response(a: str, b: str) -> pl.Expr:
    return (_is(a) & ~_next(b)).any()


def _chain_precedence(a: str, b: str) -> pl.Expr:
    return (_is(b) & ~_before(a)).any()


def _both(one: Check, other: Check) -> Check:
    return lambda a, b: one(a, b) | other(a, b)


#: template -> whether a subject violates it
TEMPLATES: Mapping[str, Check] = {
    "existence": lambda a, b: ~_has(a),
    "absence": lambda a, b: _has(a),
    "exactly_one": lambda a, b: _is(a).sum() != 1,
    "init": lambda a, b: pl.col("activity").first() != a,
    "responded_existence": lambda a, b: _has(a) & ~_has(b),
    "coexistence": lambda a, b: _has(a) != _has(b),
    "noncoexistence": lambda a, b: _has(a) & _has(b),
    "response": _response,
    "precedence": _precedence,
    "succession": _both(_response, _precedence),
    "altresponse": _alt_response,
    "altprecedence": _alt_precedence,
    "altsuccession": _both(_alt_response, _alt_precedence),
    "chainresponse": _chain_response,
    "chainprecedence": _chain_precedence,
    "chainsuccession": _both(_chain_response, _chain_precedence),
}
