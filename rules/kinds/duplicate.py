"""Kind `duplicate`: pairs of orders that are alike, within the time of their rule, and that nothing tells apart."""

from collections.abc import Sequence

import polars as pl

from rules import condition
from rules.duplicate import Duplicate
from rules.lengths import span

_SUSPECTED = ("rule", "a", "b")
_SECOND = 1_000_000


def suspected(pairs: pl.DataFrame, rules: Sequence[Duplicate]) -> pl.DataFrame:
    """The pairs that a rule suspects: rule, a, b (a is the earlier one).

    `pairs`: rule, a, b, apart (microseconds), and what a condition may ask of either, `a.customer`, `b.customer`. Where
    it cannot be told that something tells them apart, they are suspected.
    """
    kept = [_kept(pairs.filter(pl.col("rule") == rule.id), rule) for rule in rules]
    return pl.concat([pairs.clear(), *kept]).select(_SUSPECTED)


def _kept(some: pl.DataFrame, rule: Duplicate) -> pl.DataFrame:
    if rule.within:
        some = some.filter(pl.col("apart") <= span(rule.within).seconds * _SECOND)
    return some.filter(~condition.holds(rule.unless, some).fill_null(False)) if rule.unless else some
