"""Hard limits on what an interface did in each window: shares of attempts, durations, lag; never on a few attempts."""

from dataclasses import dataclass

import polars as pl

from rules.degradation.condition import hovering


@dataclass(frozen=True, slots=True)
class Limit:
    """`measure` strictly above the limit raises; below `clear`, where given, it ends. `times` the usual value."""

    measure: str
    above: float
    clear: float | None = None
    times: bool = False


def exceeded(windows: pl.DataFrame, limits: tuple[Limit, ...], least: int) -> pl.DataFrame:
    """Windows (`attempts`, and a column per measure; its usual value in `usual_<measure>`) with what they exceed.

    Adds `holds` (null: unknown, with fewer attempts than `least` or no value) and `exceeds`, the measures in question.
    A share of errors is the measure `error_share`, made of `errors` and `attempts`.
    """
    if "errors" in windows.columns:
        share = pl.col("errors") / pl.col("attempts")
        windows = windows.with_columns(error_share=pl.when(pl.col("attempts") > 0).then(share))
    enough = pl.col("attempts") >= least
    each = {limit.measure: pl.when(enough).then(_holds(limit)) for limit in limits}
    named = [pl.when(holds).then(pl.lit(name)) for name, holds in each.items()]
    return windows.with_columns(
        holds=_any(list(each.values())), exceeds=pl.concat_list(named).list.drop_nulls(),
    )  # fmt: skip


def _holds(limit: Limit) -> pl.Expr:
    value = pl.col(limit.measure)
    usual = pl.col(f"usual_{limit.measure}")
    return hovering(value / usual if limit.times else value, limit.above, limit.clear)


def _any(each: list[pl.Expr]) -> pl.Expr:
    """True when one holds, false when all are known not to, else unknown."""
    return pl.any_horizontal(each)
