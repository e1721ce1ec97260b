"""Slow shifts of a measure against its own past: what is usual at that hour, and sums of what lies beyond it.

The usual value of an hour is the median of the last four weeks; until four weeks are known, of the hour of the day,
then of the hour of the week. Deviations are counted in spreads (median absolute deviation), at most four each.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import accumulate

import polars as pl

MEMORY = timedelta(weeks=4)
#: A fifth of a week: before that nothing is known, and nothing is said.
LEARN = timedelta(hours=34)
LEAST_SAMPLES = 30
SLACK, THRESHOLD = 0.5, 5.0
_MOST = 4.0
#: From the median absolute deviation to the standard deviation of a normal distribution.
_NORMAL = 1.4826
#: A twentieth: what varies less than this is not told apart from noise.
_LEAST_SPREAD = 0.05


def logit(bad: pl.Expr, total: pl.Expr) -> pl.Expr:
    """A share on a scale on which it can shift evenly; finite at 0 and 1."""
    return ((bad + 0.5) / (total - bad + 0.5)).log()


def chance(bad: pl.Expr, total: pl.Expr) -> pl.Expr:
    """By how much such a logit differs by chance: its standard error. Of few errors each one more is a large step."""
    return (1 / (bad + 0.5) + 1 / (total - bad + 0.5)).sqrt()


def learned(observed: timedelta) -> bool:
    """Whether enough has been seen for a verdict."""
    return observed >= LEARN


def profile(history: pl.DataFrame, until: datetime, zone: str = "UTC") -> pl.DataFrame:
    """What is usual: key, weekly, slot, median, spread, from windows (`key`, `at`, `n`, `value`) of four weeks before.

    Windows with too few samples, and those with a true `excluded` (inside an open case, in maintenance), teach nothing.
    Keys that have been seen for less than 34 hours have no profile yet.
    """
    some = history.filter((pl.col("at") >= until - MEMORY) & (pl.col("at") < until) & _teaches(history))
    first = history.group_by("key").agg(first=pl.col("at").min()).filter(until - pl.col("first") >= LEARN)
    told = some.join(first.with_columns(weekly=until - pl.col("first") >= MEMORY), on="key")
    slotted = told.with_columns(slot=_slot(zone))
    by = ["key", "weekly", "slot"]
    median = pl.col("value").median()
    off = slotted.with_columns(off=(pl.col("value") - median.over(by)).abs())
    spread = (pl.col("off").median() * _NORMAL).clip(_LEAST_SPREAD)
    return off.group_by(by).agg(median=median, spread=spread, samples=pl.len()).sort(by)


def deviations(windows: pl.DataFrame, usual: pl.DataFrame, zone: str = "UTC") -> pl.DataFrame:
    """Windows with `z`: how many spreads from usual, at most four; null with few samples or where nothing is known.

    Where windows have a `noise`, what chance alone does to such a value, no spread is taken to be less.
    """
    kinds = usual.select("key", "weekly").unique()
    told = windows.join(kinds, on="key", how="left").with_columns(slot=_slot(zone))
    told = told.join(usual, on=["key", "weekly", "slot"], how="left")
    if "noise" in told.columns:
        told = told.with_columns(spread=pl.when(pl.col("spread") < pl.col("noise")).then("noise").otherwise("spread"))
    z = ((pl.col("value") - pl.col("median")) / pl.col("spread")).clip(-_MOST, _MOST)
    return told.with_columns(z=pl.when(pl.col("n") >= LEAST_SAMPLES).then(z)).drop("weekly", "slot", "samples")


def shifted(
    deviated: pl.DataFrame, before: Mapping[str, float] | None = None, slack: float = SLACK, threshold: float = THRESHOLD
) -> pl.DataFrame:  # fmt: skip
    """Deviations with `upper`, the sum of what lies above usual by more than the slack, and `holds`: above the threshold.

    A window that adds nothing does not hold, however large the sum still is: what is usual again is over. A window of
    unknown deviation adds nothing and is unknown. `before` has the sums from which keys go on. A sum does not remember more
    than twice the threshold, so that it ends soon after its cause: within ten windows.
    """
    told, cap = before or {}, 2 * threshold
    parts = deviated.sort("key", "at").group_by("key", maintain_order=True)
    made = [
        part.with_columns(upper=upper(part["z"].fill_null(slack), 0, slack, cap, told.get(str(key), 0.0)))
        for (key,), part in parts
    ]
    whole = pl.concat(made) if made else deviated.with_columns(upper=pl.lit(None, pl.Float64))
    beyond = (pl.col("upper") > threshold) & (pl.col("z") > slack)
    return whole.with_columns(holds=pl.when(pl.col("z").is_not_null()).then(beyond))


def upper(
    values: Iterable[float], target: float, slack: float, cap: float = float("inf"), start: float = 0.0
) -> pl.Series:
    """The tabular cumulative sum above a target: never below 0, never above the cap; it goes on from `start`."""
    return _sum((value - target - slack for value in values), cap, start)


def lower(values: Iterable[float], target: float, slack: float, cap: float = float("inf")) -> pl.Series:
    """The same below the target."""
    return _sum((target - slack - value for value in values), cap)


def _sum(beyond: Iterable[float], cap: float, start: float = 0.0) -> pl.Series:
    sums = accumulate(beyond, lambda before, more: min(cap, max(0.0, before + more)), initial=start)
    return pl.Series(list(sums)[1:], dtype=pl.Float64)


def smoothed(values: Sequence[float], start: float, weight: float = 0.2) -> pl.Series:
    """The exponentially weighted mean that begins at `start`; the line that is drawn."""
    return pl.Series([start, *values], dtype=pl.Float64).ewm_mean(alpha=weight, adjust=False)[1:]


def _teaches(history: pl.DataFrame) -> pl.Expr:
    enough = (pl.col("n") >= LEAST_SAMPLES) & pl.col("value").is_not_null()
    return enough & ~pl.col("excluded") if "excluded" in history.columns else enough


def _slot(zone: str) -> pl.Expr:
    """The hour of the day, or of the week where a week's course is known, on the clock of a zone."""
    wall = pl.col("at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    hour = wall.dt.hour().cast(pl.Int32)
    return pl.when("weekly").then(wall.dt.weekday().cast(pl.Int32) * 24 + hour).otherwise(hour)
