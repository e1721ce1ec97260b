"""When clocks are due and when to warn: the target on the calendar of whoever must act, after holds, or a promise."""

from collections.abc import Sequence

import polars as pl

from app.contracts import Clocks
from rules import holds, labels
from rules.rule import Resolved, span


def timed(
    frame: pl.DataFrame, held: pl.DataFrame, promised: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks
) -> pl.DataFrame:
    """The clocks (key, rule, opened_at, received_at, stop_at, labels) with `started_at`, `warn_at` and `due_at`.

    `held` are the holds of clocks that begin again, `promised` the promises of those that are due by one.
    """
    parts = [(rules[place], part) for (place,), part in frame.partition_by("rule", as_dict=True).items()]
    begun = [(rule, _begun(part, rule)) for rule, part in parts]
    by_field = [_by_promise(part.join(promised, on="key"), rule, rules, clocks) for rule, part in begun if rule.due]
    by_target = pl.concat([frame.clear().pipe(_begun, None), *(part for rule, part in begun if not rule.due)])
    return pl.concat([_by_target(by_target, held, rules, clocks), *by_field])


def _begun(part: pl.DataFrame, rule: Resolved | None) -> pl.DataFrame:
    """The clocks of one rule with what is in force for them; without a rule, the same columns of nothing."""
    if rule is None:
        return part.with_columns(pl.lit(None, kind).alias(name) for name, kind in labels.IN_FORCE.items()).with_columns(
            started_at="opened_at"
        )
    at = "received_at" if rule.start_at == "received" else "opened_at"
    return part.with_columns(*labels.in_force(rule), started_at=at)


def _by_target(frame: pl.DataFrame, held: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks) -> pl.DataFrame:
    frame = holds.restarted(frame, held, lambda some: _due(some, rules, clocks))
    both = frame.drop("paused").with_columns(due_at=_due(frame, rules, clocks), warn_at=_warned(frame, clocks))
    first = pl.min_horizontal("due_at", "warn_at")
    return both.with_columns(
        due_at=pl.when(frame["paused"]).then(None).otherwise("due_at"),
        warn_at=pl.when(frame["paused"]).then(None).otherwise(first),
    )


def _by_promise(frame: pl.DataFrame, rule: Resolved, rules: Sequence[Resolved], clocks: Clocks) -> pl.DataFrame:
    """The promise, moved by the offset; warned after a share of the time that was left for it."""
    due, calendar = frame["promised_at"], frame["calendar"]
    if rule.offset:
        sign, by = -1 if rule.offset.startswith("-") else 1, span(rule.offset.removeprefix("-"))
        many = pl.Series([sign * (by.days or by.seconds)]).new_from_index(0, len(due))
        due = clocks.add_days(due, many, calendar) if by.days else clocks.add(due, many, calendar)
    start, due_at = pl.col("started_at"), pl.col("due_at")
    frame = frame.drop("promised_at").with_columns(due_at=_by_basis(due, frame, rules, clocks))
    return frame.with_columns(warn_at=pl.min_horizontal(due_at, start + (due_at - start) * pl.col("share")))


def _due(frame: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks) -> pl.Series:
    """Start and target on the calendar; working days where the target is given in them."""
    due = clocks.add(frame["started_at"], frame["seconds"], frame["calendar"])
    by_days = frame["days"] > 0
    if by_days.any():
        some = frame.filter(by_days)
        later = clocks.add_days(some["started_at"], some["days"], some["calendar"])
        due = due.scatter(by_days.arg_true(), later)
    return _by_basis(due, frame, rules, clocks)


def _by_basis(due: pl.Series, frame: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks) -> pl.Series:
    """The end of the local day, where a rule or its override says so."""
    day = frame["basis"] == "day"
    if not day.any():
        return due
    zones = pl.Series([rule.zone for rule in rules]).gather(frame["rule"])
    for zone in zones.filter(day).unique():
        due = clocks.end_of_day(due, zone).zip_with(day & (zones == zone), due)
    return due


def _warned(frame: pl.DataFrame, clocks: Clocks) -> pl.Series:
    """The share of the working time after which to warn."""
    start, calendar = frame["started_at"], frame["calendar"]
    seconds = frame["seconds"].cast(pl.Float64)
    by_days = frame["days"] > 0
    if by_days.any():
        some = frame.filter(by_days)
        later = clocks.add_days(some["started_at"], some["days"], some["calendar"])
        worked = clocks.elapsed(some["started_at"], later, some["calendar"]).dt.total_microseconds() / 1e6
        seconds = seconds.scatter(by_days.arg_true(), worked)
    return clocks.add(start, seconds * frame["share"], calendar)
