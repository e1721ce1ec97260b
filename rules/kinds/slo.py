"""Kind `slo`: from the verdicts on Dues to the spells in which an error budget burned.

1. Verdicts count from the instant at which they were known, so that an alert is quick; void and running Dues never.
2. Both windows must be strictly above the factor, the long one with enough verdicts in all and three bad ones.
3. A short window without any verdict says nothing: what burned goes on while the long window says so.
4. All is looked at on a fixed grid of time, so that a spell does not depend on when anyone asked.
"""

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from math import gcd
from typing import Any

import polars as pl

from app.model.event import INSTANT
from rules.objective.burn import LEAST_BAD, Window
from rules.objective.exact import above
from rules.objective.rule import Objective
from rules.spells import spells as runs

#: One spell: from `raised_at` until `cleared_at`, what both windows held when it began, and how fast they burned.
SPELL: dict[str, Any] = {
    "partner": pl.String, "window": pl.String, "severity": pl.String, "raised_at": INSTANT, "cleared_at": INSTANT,
    "bad_long": pl.Int64, "total_long": pl.Int64, "bad_short": pl.Int64, "total_short": pl.Int64,
    "burn_long": pl.Float64, "burn_short": pl.Float64,
}  # fmt: skip
_SEVERITIES = ("low", "medium", "high", "critical")
_MICRO = 1_000_000


def spells(decided: pl.DataFrame, rule: Objective) -> pl.DataFrame:
    """The spells (columns SPELL) of a rule over verdicts (columns DECIDED), by partner, window and time."""
    looked = standing(counted(decided, rule), rule.aim, rule.windows, rule.min_total)
    found = runs(looked, ("partner", "window"), "burning")
    return found.select(pl.col(name).cast(kind) for name, kind in SPELL.items())


def burning(found: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The partners whose budget burns at `now`: the spell of the highest severity, the earliest of these."""
    on = found.filter((pl.col("raised_at") <= now) & (pl.col("cleared_at") > now).fill_null(True))
    rank = pl.col("severity").replace_strict({name: -place for place, name in enumerate(_SEVERITIES)}, default=1)
    return on.sort("partner", rank, "raised_at", "window").unique("partner", keep="first", maintain_order=True)


def counted(decided: pl.DataFrame, rule: Objective) -> pl.DataFrame:
    """Verdicts as counts: partner, at, good, total."""
    number = pl.col("n")
    return decided.filter(pl.col("state").is_in(rule.total.state)).select(
        "partner", "at", total=number, good=pl.when(pl.col("state").is_in(rule.good.state)).then(number).otherwise(0)
    )


def grid(windows: Sequence[Window]) -> int:
    """The seconds between two looks: what divides every window."""
    return gcd(*(length for window in windows for length in (window.long, window.short)))


def standing(
    counts: pl.DataFrame, aim: Fraction, windows: Sequence[Window], least: int, until: datetime | None = None
) -> pl.DataFrame:
    """What each window held at each look, per partner: the counts, how fast they burn, and whether it is burning.

    Looks go on until all windows are empty, or until `until`.
    """
    dense = _dense(counts, grid(windows), max(window.long for window in windows), until)
    return pl.concat(_looked(dense, aim, window, least, grid(windows)) for window in windows)


def _dense(counts: pl.DataFrame, step: int, longest: int, until: datetime | None) -> pl.DataFrame:
    """Running sums of bad and total per partner at each look from its first verdict on."""
    micros = step * _MICRO
    look = (pl.col("at").dt.epoch("us") + micros - 1) // micros
    told = counts.group_by("partner", look=look).agg(
        bad=(pl.col("total") - pl.col("good")).sum(), total=pl.col("total").sum()
    )
    last = pl.col("look").max() + longest // step
    if until:
        last = pl.max_horizontal(pl.col("look").min(), pl.lit(until).dt.epoch("us") // micros)
    looks = told.group_by("partner").agg(look=pl.int_ranges(pl.col("look").min(), last + 1).first())
    every = looks.explode("look").join(told, on=["partner", "look"], how="left").sort("partner", "look")
    at = (pl.col("look") * micros).cast(INSTANT)
    return every.select("partner", pl.col("bad", "total").fill_null(0).cum_sum().over("partner"), at=at)


def _looked(dense: pl.DataFrame, aim: Fraction, window: Window, least: int, step: int) -> pl.DataFrame:
    """One window at each look."""
    held = dense.select(
        "partner", "at",
        bad_long=_within("bad", window.long // step), total_long=_within("total", window.long // step),
        bad_short=_within("bad", window.short // step), total_short=_within("total", window.short // step),
    )  # fmt: skip
    limit = window.limit(aim)
    bad, total = pl.col("bad_long"), pl.col("total_long")
    long = above(bad, total, limit) & (total >= least) & (bad >= LEAST_BAD)
    short = above(pl.col("bad_short"), pl.col("total_short"), limit)
    said = pl.when(long & (pl.col("total_short") == 0)).then(None).otherwise(long & short)
    return held.with_columns(
        window=pl.lit(window.name), severity=pl.lit(window.severity),
        burn_long=_rate("long", aim), burn_short=_rate("short", aim),
        burning=said.forward_fill().over("partner").fill_null(False),
    )  # fmt: skip


def _within(column: str, looks: int) -> pl.Expr:
    """What a running sum gained in so many looks."""
    return pl.col(column) - pl.col(column).shift(looks, fill_value=0).over("partner")


def _rate(which: str, aim: Fraction) -> pl.Expr:
    """How fast a window burns; null where it holds nothing."""
    total = pl.col(f"total_{which}")
    return pl.when(total > 0).then(pl.col(f"bad_{which}") / total / float(1 - aim))
