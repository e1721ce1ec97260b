"""Clocks that begin again when a hold ends: nobody can release an order that credit control holds.

1. A hold that begins at or after the due moment, or after the stop, comes too late and changes nothing.
2. When all holds that interrupt a clock have ended, it begins again at the last of these ends.
3. While one of them is open, and at a stop that comes before it ends, there is no due moment.
"""

from collections.abc import Callable

import polars as pl

from rules.rule import HOLDING

PLACED, ENDED = HOLDING[:2], HOLDING[2:]
_SUBJECT = ["subject_type", "subject"]


def intervals(moments: pl.DataFrame) -> pl.DataFrame:
    """Each hold as `placed` and `ended` (null while open). An end whose beginning is unknown is a hold of no length."""
    kind = pl.when(pl.col("type").str.contains("credit", literal=True)).then(pl.lit("credit")).otherwise(pl.lit("hold"))
    told = moments.select(*_SUBJECT, "type", at="occurred_at", hold=pl.coalesce("hold_id", kind)).sort("at")
    placed, ended = (told.filter(pl.col("type").is_in(types)).drop("type") for types in (PLACED, ENDED))
    keys = [*_SUBJECT, "hold"]
    starts, ends = placed.with_columns(placed="at"), ended.with_columns(ended="at")
    whole = starts.join_asof(ends, on="at", by=keys, strategy="forward", check_sortedness=False)
    lone = ends.join_asof(starts, on="at", by=keys, check_sortedness=False).filter(pl.col("placed").is_null())
    columns = [*_SUBJECT, "placed", "ended"]
    return pl.concat([whole.select(columns), lone.with_columns(placed="ended").select(columns)]).unique()


def restarted(clocks: pl.DataFrame, holds: pl.DataFrame, due: Callable[[pl.DataFrame], pl.Series]) -> pl.DataFrame:
    """The clocks (`started_at`, `stop_at`, columns for `due`) with their last start; `paused` marks the open ones."""
    clocks = clocks.with_row_index("row").with_columns(paused=pl.lit(False))
    running = clocks.join(holds, on=_SUBJECT, how="semi")
    done = [clocks.join(running.select("row"), on="row", how="anti")]
    while not running.is_empty():
        again = _interrupted(running.with_columns(due=due(running)), holds)
        done.append(running.join(again.select("row"), on="row", how="anti"))
        moved = running.drop("paused").join(again, on="row").with_columns(started_at=pl.coalesce("again", "started_at"))
        moved = moved.select(clocks.columns)
        done.append(moved.filter("paused"))
        running = moved.filter(~pl.col("paused"))
    return pl.concat(done).drop("row")


def _interrupted(running: pl.DataFrame, holds: pl.DataFrame) -> pl.DataFrame:
    """Per clock that a hold interrupts: whether one is open, and else the end from which it runs again."""
    counts = (pl.col("placed") < pl.col("due")) & (pl.col("placed") < pl.col("stop_at")).fill_null(True)
    over = pl.when((pl.col("ended") <= pl.col("stop_at")).fill_null(True)).then("ended")
    return (
        running.drop("paused").join(holds, on=_SUBJECT).filter(counts).with_columns(ended=over)
        .filter((pl.col("ended") > pl.col("started_at")).fill_null(True))
        .group_by("row").agg(paused=pl.col("ended").is_null().any(), again=pl.col("ended").max())
        .with_columns(again=pl.when(~pl.col("paused")).then("again"))
    )  # fmt: skip
