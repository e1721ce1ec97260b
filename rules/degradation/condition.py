"""From a condition that is looked at again and again to a state that does not flap.

Looks lie on a fixed grid of event time, so that a state does not depend on when anyone asked, or on a restart.
1. A condition that holds is `pending`, and `firing` once it has held for `lasting`.
2. Firing ends once the condition has been clear for `keep`; pending ends at once.
3. Between two limits, and without data, the condition is unknown: it stays as it was and decides nothing.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

STATES = ("inactive", "pending", "firing")


def hovering(value: pl.Expr, above: float, clear: float | None = None) -> pl.Expr:
    """True above the limit, false below the limit for clearing (at or below the limit where there is none), else null."""
    quiet = value <= above if clear is None else value < clear
    return pl.when(value > above).then(True).when(quiet).then(False)


def states(looked: pl.DataFrame, by: Sequence[str], lasting: timedelta, keep: timedelta) -> pl.DataFrame:
    """Looks (`by`, `at`, `holds`: true, false, null for unknown) in order of time, with their `state`.

    A column `stood` says of looks that were decided before whether they were firing; it is null for the others, which
    go on from there.
    """
    told = looked.sort(*by, "at").with_columns(known=pl.col("holds").forward_fill().over(by).fill_null(False))
    told = told.with_columns(run=pl.col("known").rle_id().over(by))
    since = pl.col("at") - pl.col("at").first().over(*by, "run")
    sure = pl.col("holds").is_not_null()
    decided: pl.Expr = (
        pl.when(sure & pl.col("known") & (since >= lasting)).then(True)
        .when(sure & ~pl.col("known") & (since >= keep)).then(False)
    )  # fmt: skip
    if "stood" in looked.columns:
        decided = pl.coalesce("stood", decided)
    firing = pl.col("firing").forward_fill().over(by).fill_null(False)
    inactive, pending, fires = map(pl.lit, STATES)
    state = pl.when(firing).then(fires).when("known").then(pending).otherwise(inactive)
    return told.with_columns(firing=decided).with_columns(state=state).drop("known", "run", "firing")
