"""Attainment and error budget from counts. Shares are made of counts and never averaged; of nothing there is no share.

The budget is the number of Dues that may be breached. What is left of it may be negative; a gauge stops at 0.
"""

from collections.abc import Sequence
from fractions import Fraction

import polars as pl

STATUSES = ("no_data", "healthy", "degrading", "violated")


def attainment(good: pl.Expr, total: pl.Expr) -> pl.Expr:
    """The share that is good, at most 1; null where there is nothing."""
    return pl.when(total > 0).then(pl.min_horizontal(good, total) / total)


def figures(frame: pl.DataFrame, objective: Fraction) -> pl.DataFrame:
    """Counts (`good`, `total`, and `expected`: how many the whole period will have, where known) with their budget.

    Adds bad, attainment, allowed, left (in Dues), remaining (share of the budget), consumed, burn_rate (1: just used
    up) and status: kept is `healthy`, missed with budget left is `degrading`, missed without is `violated`.
    """
    good, total, spare = pl.col("good"), pl.col("total"), 1 - objective
    expected = pl.col("expected") if "expected" in frame.columns else total
    counted = frame.with_columns(
        bad=(total - good).clip(0), attainment=attainment(good, total),
        allowed=pl.max_horizontal(expected, total) * spare.numerator / spare.denominator,
    )  # fmt: skip
    spent = counted.with_columns(
        left=pl.col("allowed") - pl.col("bad"),
        consumed=_ratio(pl.col("bad"), pl.col("allowed")),
        burn_rate=_ratio(pl.col("bad") * spare.denominator, total * spare.numerator),
    )
    return spent.with_columns(remaining=1 - pl.col("consumed"), status=_status(objective))


def _ratio(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """A share; where there is no whole nothing was spent."""
    return pl.when(whole > 0).then(part / whole).otherwise(0.0)


def _status(objective: Fraction) -> pl.Expr:
    kept = pl.col("good") * objective.denominator >= pl.col("total") * objective.numerator
    none, healthy, degrading, violated = map(pl.lit, STATUSES)
    missed = pl.when(pl.col("left") > 0).then(degrading).otherwise(violated)
    return pl.when(pl.col("total") == 0).then(none).when(kept).then(healthy).otherwise(missed)


def burn_down(bad: Sequence[float], allowed: float, parts: int) -> pl.DataFrame:
    """After each part (day) of a period: `remaining` share of the budget and `ideal`, the straight line to 0."""
    frame = pl.DataFrame({"bad": pl.Series(bad, dtype=pl.Float64)}).with_row_index("part", 1)
    return frame.select(
        "part", remaining=1 - pl.col("bad").cum_sum() / allowed, ideal=1 - pl.col("part") / parts,
    )  # fmt: skip
