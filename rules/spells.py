"""Spells: the stretches of a fixed grid of time in which something held."""

from collections.abc import Sequence

import polars as pl


def spells(looked: pl.DataFrame, by: Sequence[str], held: str) -> pl.DataFrame:
    """One row per stretch in which the column `held` was true, with what the first look of it said.

    `looked` has the columns `by`, `at`, `held` and others, and lists the looks of each `by` in their order. Gives
    `raised_at` and `cleared_at` (the first look at which it held no more, null while it lasts) instead of `at`.
    """
    before = pl.col(held).shift(1, fill_value=False).over(by)
    turns = looked.filter(pl.col(held) != before).sort(*by, "at")
    ended = turns.with_columns(raised_at="at", cleared_at=pl.col("at").shift(-1).over(by))
    return ended.filter(held).drop("at", held)
