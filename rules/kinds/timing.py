"""When clocks are due and when to warn: the target on the calendar of whoever must act, after holds, or a promise."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from app.contracts import Clocks
from rules import holds, labels
from rules.lengths import span
from rules.pauses import pauses, stood
from rules.rule import Resolved


@dataclass(frozen=True, slots=True)
class Breaks:
    """What keeps clocks: `holds` after which they begin again, `pauses` during which they stand; key, placed, ended."""

    holds: pl.DataFrame
    pauses: pl.DataFrame


def timed(
    frame: pl.DataFrame, breaks: Breaks, promised: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks
) -> pl.DataFrame:
    """The clocks (key, rule, opened_at, received_at, stop_at, ended_at, labels) with `started_at`, `warn_at`, `due_at`.

    `promised` are the promises of those that are due by one.
    """
    parts = [(rules[place], part) for (place,), part in frame.partition_by("rule", as_dict=True).items()]
    begun = [(rule, _kept(_begun(part, rule), clocks)) for rule, part in parts]
    by_field = [_by_promise(part.join(promised, on="key"), rule, rules, clocks) for rule, part in begun if rule.due]
    by_target = pl.concat([frame.clear().pipe(_begun, None), *(part for rule, part in begun if not rule.due)])
    made = pl.concat([_by_target(by_target, breaks, rules, clocks), *by_field])
    return made.with_columns(calendar=clocks.versions(made["calendar"]))


def _begun(part: pl.DataFrame, rule: Resolved | None) -> pl.DataFrame:
    """The clocks of one rule with what is in force for them; without a rule, the same columns of nothing."""
    if rule is None:
        return part.with_columns(pl.lit(None, kind).alias(name) for name, kind in labels.IN_FORCE.items()).with_columns(
            started_at="opened_at"
        )
    at = "received_at" if rule.start_at == "received" else "opened_at"
    return part.with_columns(labels.acting(rule)).with_columns(*labels.in_force(rule), started_at=at)


def _kept(begun: pl.DataFrame, clocks: Clocks) -> pl.DataFrame:
    """The calendars as they were at the start of each clock, with what was corrected before it ended."""
    ended = begun.select(pl.min_horizontal("stop_at", "ended_at")).to_series()
    return begun.with_columns(calendar=clocks.in_force(begun["calendar"], begun["opened_at"], ended))


def _by_target(frame: pl.DataFrame, breaks: Breaks, rules: Sequence[Resolved], clocks: Clocks) -> pl.DataFrame:
    frame = holds.restarted(frame, breaks.holds, lambda some: _by_basis(_due(some, clocks), some, rules, clocks))
    due = _due(frame, clocks)
    worked = _worked(frame, due, clocks)
    warn = clocks.add(frame["started_at"], worked * frame["share"], _runs_on(frame))
    due, warn, standing = _paused(frame, breaks.pauses, (due, warn), worked, clocks)
    due, stands = _by_basis(due, frame, rules, clocks), frame["paused"] | standing
    both = frame.drop("paused").with_columns(due_at=due, warn_at=warn, stands=stands)
    first, none = pl.min_horizontal("due_at", "warn_at"), pl.when("stands").then(None)
    return both.with_columns(due_at=none.otherwise("due_at"), warn_at=none.otherwise(first)).drop("stands")


def _paused(
    frame: pl.DataFrame, told: pl.DataFrame, both: tuple[pl.Series, pl.Series], worked: pl.Series, clocks: Clocks
) -> tuple[pl.Series, pl.Series, pl.Series]:
    """Due and warn moments after the pauses before them, and which clocks stand."""
    due, warn = both
    some = frame["key"].is_in(told["key"].implode())
    if not some.any():
        return due, warn, some
    rows, work = frame.filter(some), worked.filter(some)
    within, at = pauses(rows, told, clocks), some.arg_true()
    late = stood(rows.select("key", limit=work), within)
    soon = stood(rows.select("key", limit=work * rows["share"]), within)
    later, sooner = work + late["more"], work * rows["share"] + soon["more"]
    due = due.scatter(at, clocks.add(rows["started_at"], later, rows["calendar"]))
    warn = warn.scatter(at, clocks.add(rows["started_at"], sooner, rows["calendar"]))
    return due, warn, some.scatter(at, late["standing"])


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


def _due(frame: pl.DataFrame, clocks: Clocks) -> pl.Series:
    """Start and target on the calendar; working days where the target is given in them; cut-off and file."""
    start, days, calendar = frame["started_at"], frame["days"], frame["calendar"]
    due = clocks.add(start, frame["seconds"], _runs_on(frame))
    if (rows := days > 0).any():
        due = due.scatter(
            rows.arg_true(), clocks.add_days(start.filter(rows), days.filter(rows), calendar.filter(rows))
        )
    if (rows := frame["clock"] == "C").any():
        counts = clocks.cut_off(start.filter(rows), calendar.filter(rows), frame["cutoff"].filter(rows))
        due = due.scatter(rows.arg_true(), clocks.closing(counts, days.filter(rows), calendar.filter(rows)))
    if (rows := frame["clock"] == "W").any():
        file = clocks.next_file(start.filter(rows), calendar.filter(rows))
        due = due.scatter(
            rows.arg_true(), clocks.add(file, frame["seconds"].filter(rows), _runs_on(frame).filter(rows))
        )
    return due


def _runs_on(frame: pl.DataFrame) -> pl.Series:
    """The calendar on which time counts: after a file it is elapsed time."""
    return frame.select(pl.when(pl.col("clock") == "W").then(pl.lit("")).otherwise("calendar")).to_series()


def _by_basis(due: pl.Series, frame: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks) -> pl.Series:
    """The end of the local day, where a rule or its override says so."""
    day = frame["basis"] == "day"
    if not day.any():
        return due
    zones = pl.Series([rule.zone for rule in rules]).gather(frame["rule"])
    for zone in zones.filter(day).unique():
        due = clocks.end_of_day(due, zone).zip_with(day & (zones == zone), due)
    return due


def _worked(frame: pl.DataFrame, due: pl.Series, clocks: Clocks) -> pl.Series:
    """The working seconds from start to due, which are the target where it is told in them."""
    seconds = frame["seconds"].cast(pl.Float64)
    other = (frame["days"] > 0) | frame["clock"].is_in(("C", "W"))
    if other.any():
        some = _runs_on(frame).filter(other)
        worked = clocks.elapsed(frame["started_at"].filter(other), due.filter(other), some)
        seconds = seconds.scatter(other.arg_true(), worked.dt.total_microseconds() / 1e6)
    return seconds
