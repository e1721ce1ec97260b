"""Clocks that stand while a hold is on and go on where they stood: what a pause takes is its own working time.

1. Pauses are united first; what lies before the start or after the stop counts for nothing.
2. A pause that begins when the target is used up comes too late: the due moment wins.
3. While a pause is open there is no due moment; the stop of a clock ends its pauses too.

Everything is told in working time from the start, so that the pauses that count are the first ones of each clock and
one sum is the answer.
"""

from datetime import datetime

import polars as pl

from app.contracts import Clocks

_OPEN = datetime(9999, 1, 1)


def pauses(clocks_: pl.DataFrame, intervals: pl.DataFrame, clocks: Clocks) -> pl.DataFrame:
    """Per clock (`key`, `started_at`, `stop_at`, `calendar`) its pauses in order: key, reached, took.

    `reached` is how many seconds of its own the clock had run when the pause began, `took` how many working seconds
    the pause took, null while it is open. `intervals`: key, placed, ended.
    """
    stop = pl.col("stop_at").fill_null(_OPEN)
    some = (
        clocks_.select("key", "started_at", "stop_at", "calendar").join(intervals, on="key")
        .with_columns(
            begin=pl.max_horizontal("placed", "started_at"), end=pl.min_horizontal(pl.col("ended").fill_null(_OPEN), stop)
        )
        .filter(pl.col("begin") < pl.col("end"))
    )  # fmt: skip
    whole = _united(some)
    before = clocks.elapsed(whole["started_at"], whole["begin"], whole["calendar"])
    took = clocks.elapsed(whole["begin"], whole["end"], whole["calendar"])
    told = whole.select("key", "end", before=_seconds(before), took=_seconds(took))
    reached = pl.col("before") - (pl.col("took").cum_sum() - pl.col("took")).over("key")
    return told.select("key", reached=reached, took=pl.when(pl.col("end") != _OPEN).then("took"))


def stood(keys: pl.DataFrame, told: pl.DataFrame) -> pl.DataFrame:
    """Of clocks with `key` and `limit` (seconds): `more`, what their pauses add, and `standing`, one is open."""
    counted = keys.join(told, on="key").filter(pl.col("reached") < pl.col("limit"))
    summed = counted.group_by("key").agg(more=pl.col("took").sum(), standing=pl.col("took").is_null().any())
    return keys.join(summed, on="key", how="left", maintain_order="left").select(
        pl.col("more").fill_null(0.0), pl.col("standing").fill_null(False)
    )


def _united(some: pl.DataFrame) -> pl.DataFrame:
    """Pauses of one clock that overlap or touch, as one."""
    some = some.sort("key", "begin")
    reach = pl.col("end").cum_max().shift(1).over("key")
    some = some.with_columns(part=(pl.col("begin") > reach).fill_null(True).cum_sum())
    return some.group_by("key", "part", maintain_order=True).agg(
        pl.col("started_at", "calendar").first(), pl.col("begin").min(), pl.col("end").max()
    )


def _seconds(took: pl.Series) -> pl.Series:
    return took.dt.total_microseconds() / 1e6
