"""What a rule says for one start: its own values, or those of the first override that matches the start's labels."""

from collections.abc import Callable
from typing import Any

import polars as pl

from app.calendar.hours import minutes
from rules.lengths import Span, span
from rules.rule import OF_EVENT, OF_ORDER, Override, Resolved

#: Columns that a frame of starts gets: what is in force for each of them.
IN_FORCE = {
    "seconds": pl.Int64, "days": pl.Int64, "share": pl.Float64, "basis": pl.String, "clock": pl.String,
    "cutoff": pl.Int64, "calendar": pl.String, "severity": pl.String, "owner": pl.String,
}  # fmt: skip


def named(starts: pl.DataFrame) -> pl.DataFrame:
    """The labels of starts as a condition reads them: `order.tier`, `event.source`."""
    names = [(root, name) for root, some in (("order", OF_ORDER), ("event", OF_EVENT)) for name in some]
    return starts.select(pl.col(name).alias(f"{root}.{name}") for root, name in names if name in starts.columns)


def acting(rule: Resolved) -> pl.Expr:
    """Who must act: the partner of the start, or its carrier under the name that carriers have as sources."""
    if rule.actor == "partner":
        return pl.col("partner")
    return pl.concat_str(pl.lit("carrier"), "carrier", separator=".", ignore_nulls=True).alias("partner")


def in_force(rule: Resolved) -> list[pl.Expr]:
    """Expressions over the labels of starts; every field by itself takes the first override that has it."""
    owner, clock = _chosen(rule, "owner", pl.lit), _chosen(rule, "clock", pl.lit)
    calendar = _chosen(rule, "calendar", lambda word: _calendar(rule, word, owner))
    return [
        _chosen(rule, "target", lambda text: pl.lit(_span(text).seconds, pl.Int64)).alias("seconds"),
        _chosen(rule, "target", lambda text: pl.lit(_span(text).days, pl.Int64)).alias("days"),
        _chosen(rule, "warn", lambda text: pl.lit(float(text.rstrip("%")) / 100)).alias("share"),
        _chosen(rule, "basis", pl.lit).alias("basis"),
        clock.alias("clock"),
        pl.lit(minutes("cutoff", rule.cutoff), pl.Int64).alias("cutoff"),
        pl.when(clock == "E").then(pl.lit("")).otherwise(calendar).alias("calendar"),
        _chosen(rule, "severity", pl.lit).alias("severity"),
        owner.alias("owner"),
    ]


def _chosen(rule: Resolved, field: str, told: Callable[[Any], pl.Expr]) -> pl.Expr:
    answer = told(getattr(rule, field))
    for override in reversed(rule.override):
        if value := getattr(override, field):
            answer = pl.when(_matches(override)).then(told(value)).otherwise(answer)
    return answer


def _matches(override: Override) -> pl.Expr:
    wanted = {label: [said] if isinstance(said, str) else list(said) for label, said in override.when.items()}
    return pl.all_horizontal(pl.col(label).is_in(values).fill_null(False) for label, values in wanted.items())


def _calendar(rule: Resolved, word: str, owner: pl.Expr) -> pl.Expr:
    """The name of the calendar that a word means; names that were never declared fall back in `Calendars`."""
    if word in ("node", "partner"):
        return pl.col("partner").replace_strict(rule.partner_calendars, default="default", return_dtype=pl.String)
    return owner if word == "team" else pl.lit(word or "default")


def _span(text: str) -> Span:
    return span(text) if text else Span()
