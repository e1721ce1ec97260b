"""Spells: the stretches of a fixed grid of time in which something held."""

from collections.abc import Sequence

import polars as pl


def spells(looked: pl.DataFrame, by: Sequence[str], held: str, step: int) -> pl.DataFrame:
    """One row per stretch in which the column `held` was true, with what the first look of it said.

    `looked` has the columns `by`, `at`, `held` and others; a stretch is over `step` seconds after its last look.
    Gives `raised_at` and `cleared_at` instead of `at`, in the order of `by` and time.
    """
    run = looked.sort(*by, "at").with_columns(run=pl.col(held).rle_id().over(by))
    whole = run.group_by(*by, "run", maintain_order=True).agg(
        pl.exclude("at").first(),
        raised_at=pl.col("at").first(),
        cleared_at=pl.col("at").last() + pl.duration(seconds=step),
    )
    return whole.filter(held).drop("run", held)
