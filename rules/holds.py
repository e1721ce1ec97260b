"""Clocks that begin again when a hold ends: nobody can release an order that credit control holds.

1. A hold that begins at or after the due moment, or after the stop, comes too late and changes nothing.
2. When all holds that interrupt a clock have ended, it begins again at the last of these ends.
3. While one of them is open, and at a stop that comes before it ends, there is no due moment.
"""

from collections.abc import Callable

import polars as pl

from rules.rule import HOLDING

PLACED, ENDED = HOLDING[:2], HOLDING[2:]


def intervals(told: pl.DataFrame) -> pl.DataFrame:
    """Each hold as `key`, `placed` and `ended` (null while open). An end of unknown beginning is a hold of no length.

    `told`: key, hold, placing, at; those of one hold are told apart by time alone.
    """
    told = told.sort("at")
    placed, ended = told.filter("placing"), told.filter(~pl.col("placing"))
    keys = ["key", "hold"]
    starts, ends = placed.select(*keys, "at", placed="at"), ended.select(*keys, "at", ended="at")
    whole = starts.join_asof(ends, on="at", by=keys, strategy="forward", check_sortedness=False)
    lone = ends.join_asof(starts, on="at", by=keys, check_sortedness=False).filter(pl.col("placed").is_null())
    columns = ["key", "placed", "ended"]
    return pl.concat([whole.select(columns), lone.with_columns(placed="ended").select(columns)]).unique()


def restarted(clocks: pl.DataFrame, holds: pl.DataFrame, due: Callable[[pl.DataFrame], pl.Series]) -> pl.DataFrame:
    """The clocks (`key`, `started_at`, `stop_at`, columns for `due`) with their last start.

    `paused` marks those that an open hold keeps.
    """
    clocks = clocks.with_columns(paused=pl.lit(False))
    if holds.is_empty():
        return clocks
    running = clocks.join(holds, on="key", how="semi")
    done = [clocks.join(running, on="key", how="anti")]
    while not running.is_empty():
        again = _interrupted(running.with_columns(due=due(running)), holds)
        done.append(running.join(again, on="key", how="anti"))
        moved = running.drop("paused").join(again, on="key").with_columns(started_at=pl.coalesce("again", "started_at"))
        moved = moved.select(clocks.columns)
        done.append(moved.filter("paused"))
        running = moved.filter(~pl.col("paused"))
    return pl.concat(done)


def _interrupted(running: pl.DataFrame, holds: pl.DataFrame) -> pl.DataFrame:
    """Per clock that a hold interrupts: whether one is open, and else the end from which it runs again."""
    counts = (pl.col("placed") < pl.col("due")) & (pl.col("placed") < pl.col("stop_at")).fill_null(True)
    over = pl.when((pl.col("ended") <= pl.col("stop_at")).fill_null(True)).then("ended")
    return (
        running.drop("paused").join(holds, on="key").filter(counts).with_columns(ended=over)
        .filter((pl.col("ended") > pl.col("started_at")).fill_null(True))
        .group_by("key").agg(paused=pl.col("ended").is_null().any(), again=pl.col("ended").max())
        .with_columns(again=pl.when(~pl.col("paused")).then("again"))
    )  # fmt: skip
