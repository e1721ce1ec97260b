"""Kind `interface`: from what an interface did in each quarter of an hour to whether it is degrading.

1. Windows lie on a fixed grid of event time; a window that has fewer attempts than `min_count` says nothing.
2. A hard limit is judged from the first window on; where it is a multiple of the usual value, and for every shift, from
the moment at which something is usual (after `learn`). What is not known yet does not hold.
3. What is usual is made anew every six hours, from four weeks before; windows inside a spell teach nothing.
4. A spell begins when something has held `for` so many windows, and ends after `keep` clear ones.

So a look follows from the windows before it and from nothing else, in whatever order they came.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from app.model.event import INSTANT
from rules.degradation.condition import states
from rules.degradation.limits import exceeded
from rules.degradation.rule import WINDOW, Degrading, Shift
from rules.degradation.shift import LEAST_SAMPLES, MEMORY, chance, deviations, logit, profile, shifted
from rules.lengths import span

BLOCK = timedelta(hours=6)
#: No rule asks that something hold for longer than 99 windows.
_LASTING = timedelta(hours=25)
FIRING = "firing"
_SHIFTS = ("log_latency", "logit_errors")
#: What something is usual of, in the scale in which it is judged; null where a side has no such measure.
_VALUES: dict[str, pl.Expr] = {
    "log_latency": pl.when(pl.col("p50") > 0).then(pl.col("p50").log()),
    "logit_errors": pl.when(pl.col("side") != "queue").then(logit(pl.col("errors"), pl.col("attempts"))),
    "log_p95": pl.when(pl.col("p95") > 0).then(pl.col("p95").log()),
}
#: What chance alone does to a value; to others nothing is known of it.
_NOISE = {"logit_errors": chance(pl.col("errors"), pl.col("attempts"))}
#: One look at one window: what held, what was exceeded, and what was usual, in the scale of the measure.
LOOK: dict[str, Any] = {
    "key": pl.String, "at": INSTANT, "holds": pl.Boolean, "state": pl.String, "exceeds": pl.List(pl.String),
    **{f"{name}_{what}": pl.Float64 for name in _SHIFTS for what in ("usual", "spread", "sum")}, "log_p95_usual": pl.Float64,
}  # fmt: skip
_BASELINES = {"p50": "log_latency", "p95": "log_p95"}
_NEVER = float("inf")


def looks(
    windows: pl.DataFrame, rule: Degrading, since: datetime | None = None, looked: pl.DataFrame | None = None
) -> pl.DataFrame:
    """The looks (columns LOOK) at windows (columns WINDOW) from the block of `since` on, by key and time.

    `looked` are the looks of the four weeks before that block, which go on; without it all begins.
    """
    found = [pl.DataFrame(schema=LOOK) if looked is None else looked.select(*LOOK)]
    for start in _blocks(windows, since):
        past = pl.concat(found).filter(pl.col("at") >= start - MEMORY, pl.col("at") < start)
        found.append(_block(windows, past, rule, start))
    return pl.concat(found[1:] or [pl.DataFrame(schema=LOOK)]).sort("key", "at")


def beginning(at: datetime) -> datetime:
    """The first instant of the block that an instant lies in."""
    return at - (at - datetime(1970, 1, 1)) % BLOCK


def _blocks(windows: pl.DataFrame, since: datetime | None) -> Iterator[datetime]:
    some = windows if since is None else windows.filter(pl.col("at") >= beginning(since))
    yield from some.select(pl.col("at").dt.truncate("6h")).to_series().unique().sort()


def _block(windows: pl.DataFrame, past: pl.DataFrame, rule: Degrading, start: datetime) -> pl.DataFrame:
    """The looks of one block. `past` are those of the four weeks before it."""
    before = pl.col("at") < start
    history = windows.filter(before, pl.col("at") >= start - MEMORY)
    learned = past.select("key", "at", excluded=pl.col("state") == FIRING)
    history = history.join(learned, on=["key", "at"], how="left").with_columns(pl.col("excluded").fill_null(False))
    here = windows.filter(~before, pl.col("at") < start + BLOCK).sort("key", "at")
    usual = _usual(here, history, start, rule.zone)
    for name in _VALUES:
        one = usual.filter(measure=name).sort("of", "at")
        said = next((shift for shift in rule.shift if shift.measure == name), None)
        here = here.hstack(_shift(one.hstack(here.select("first_at")), past, name, said))
    return _stated(_held(here, rule), past, rule)


def _usual(here: pl.DataFrame, history: pl.DataFrame, until: datetime, zone: str) -> pl.DataFrame:
    """Each measure of each window (of, measure, at) with what is usual at its hour: median, spread, z; null for nothing."""
    first = here.select("key", "side", at="first_at", first_at="first_at", attempts=pl.lit(0, pl.Int64)).unique()
    heard = pl.concat([history, first], how="diagonal").with_columns(pl.col("excluded").fill_null(False))
    return deviations(_stacked(here), profile(_stacked(heard), until, zone), zone)


def _stacked(windows: pl.DataFrame) -> pl.DataFrame:
    """One row per window and measure, each under a key of its own: n samples, value, and its noise."""
    kept = [name for name in ("at", "excluded") if name in windows.columns]
    return pl.concat(
        windows.select(
            *kept, of="key", measure=pl.lit(name), key=pl.concat_str(pl.lit(name), "key"),
            n=pl.col("attempts").fill_null(0), value=value.cast(pl.Float64),
            noise=_NOISE.get(name, pl.lit(None)).cast(pl.Float64),
        )
        for name, value in _VALUES.items()
    )  # fmt: skip


def _shift(told: pl.DataFrame, past: pl.DataFrame, name: str, said: Shift | None) -> pl.DataFrame:
    """What is usual of a measure (usual, spread), the sum of what lies beyond it, and whether it has shifted."""
    if said is None:
        summed = told.with_columns(upper=pl.lit(None, pl.Float64), holds=pl.lit(False))
    else:
        new = pl.col("at") - pl.col("first_at") < pl.duration(seconds=span(said.learn).seconds)
        told = told.with_columns(pl.when(new).then(None).otherwise(name).alias(name) for name in ("median", "z"))
        sums = past.sort("at").group_by(pl.concat_str(pl.lit(name), "key")).agg(pl.col(f"{name}_sum").last())
        summed = shifted(told, dict(sums.drop_nulls().rows()), said.slack, said.threshold)
    holds = pl.when(pl.col("median").is_null()).then(False).otherwise("holds")
    return summed.select(
        pl.col("median").alias(f"{name}_usual"), pl.col("spread").alias(f"{name}_spread"),
        pl.col("upper").alias(f"{name}_sum"), holds.alias(f"{name}_shifted"),
    )  # fmt: skip


def _held(here: pl.DataFrame, rule: Degrading) -> pl.DataFrame:
    """Windows with `holds` and `exceeds`: by hard limits or by a shift; unknown below `min_count`."""
    waits, attempts = pl.col("side") == "queue", pl.col("attempts")
    shares = {"error_share": "errors", "retry_share": "retries", "limited_share": "limited"}
    ready = here.select(
        "attempts", **{name: pl.when(attempts > 0).then(pl.col(part).fill_null(0) / attempts) for name, part in shares.items()},
        **{name: pl.when(waits).then(0.0).otherwise(name) for name in ("p50", "p95")},
        lag=pl.when(waits).then("lag").otherwise(0.0), dead_letter=pl.col("dead_letter").fill_null(0.0), **{f"usual_{name}": pl.col(f"{column}_usual").exp().fill_null(_NEVER) for name, column in _BASELINES.items()},
    )  # fmt: skip
    limits = tuple(bound.limit for bound in rule.limits)
    over = exceeded(ready, limits, rule.min_count) if limits else ready.with_columns(holds=pl.lit(False), exceeds=pl.lit([]))  # fmt: skip
    enough = attempts.fill_null(0) >= max(rule.min_count, 1)
    both = here.with_columns(over.select(by_limit="holds", named="exceeds"))
    off = [pl.when(pl.col(f"{name}_shifted")).then(pl.lit(name)) for name in _SHIFTS]
    holds = pl.any_horizontal("by_limit", *(pl.col(f"{name}_shifted") for name in _SHIFTS))
    exceeds = pl.concat_list(pl.col("named").cast(pl.List(pl.String)), pl.concat_list(off).list.drop_nulls())
    return both.with_columns(holds=pl.when(enough).then(holds), exceeds=pl.when(enough).then(exceeds).otherwise(pl.lit([], pl.List(pl.String))))  # fmt: skip


def _stated(here: pl.DataFrame, past: pl.DataFrame, rule: Degrading) -> pl.DataFrame:
    """Looks with their state, which goes on from those before."""
    recent = pl.col("at") >= pl.col("at").max().over("key") - _LASTING
    before = past.filter(recent).select("key", "at", "holds", stood=pl.col("state") == FIRING)
    both = pl.concat([before, here.select("key", "at", "holds", stood=pl.lit(None, pl.Boolean))])
    said = states(both, ["key"], rule.held, rule.kept).filter(pl.col("stood").is_null())
    told = here.drop("state", strict=False).join(said.select("key", "at", "state"), on=["key", "at"])
    return told.select(pl.col(name).cast(kind) for name, kind in LOOK.items())


def degrading(found: pl.DataFrame, now: datetime, length: timedelta) -> pl.DataFrame:
    """The looks at which each key began to degrade, of those that do at `now`: the last window that is complete decides."""
    known = found.filter(pl.col("at") + length <= now).sort("key", "at")
    run = (pl.col("state") == FIRING).rle_id().over("key")
    last = known.with_columns(run=run).filter(pl.col("run") == pl.col("run").last().over("key"))
    return last.filter(pl.col("state") == FIRING).unique("key", keep="first", maintain_order=True).drop("run")


__all__ = ["FIRING", "LEAST_SAMPLES", "LOOK", "WINDOW", "beginning", "degrading", "looks"]
