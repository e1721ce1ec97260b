"""Deadlines: something begins, and something else must have happened by a moment that can be told at once.

1. The first start opens the clock; a start that was only inferred opens none. With `occurrences: each_type` every
   type of start has a clock of its own.
2. The first stop at or after the start closes it. A stop before its start counts at the start, and is flagged when
   it is more than five minutes early. Later stops change nothing.
3. A void at or after the start (or within the same five minutes) ends a clock that no stop has closed before,
   late or not.
4. The due moment is the start and the target on the calendar of whoever must act, or a field; with basis `day` the
   end of that local day. Nothing here asks what time it is.

Labels are those of the start. First is by (occurred_at, source_rank, event_id), so that neither order of arrival nor
duplicates change a Due.
"""

from datetime import timedelta

import polars as pl

from app.contracts import DUE, Clocks
from app.model.taxonomy import RANK
from rules import holds, labels
from rules.rule import Resolved, Rule, span

EARLY = "stop_before_start"
_ALLOWED = timedelta(minutes=5)
_SUBJECT = ["subject_type", "subject"]
_CLOCK = [*_SUBJECT, "occurrence"]
_ORDER = ["occurred_at", "source_rank", "event_id"]
_LABELS = ["partner", "tier", "channel", "entity", "customer", "source"]


def dues(moments: pl.DataFrame, rule: Resolved, clocks: Clocks) -> pl.DataFrame:
    """The Dues of the subjects in `moments` under one rule, in no particular order."""
    mine = moments.lazy().filter(pl.col("subject_type").is_in(rule.subjects) & pl.col("type").is_in(rule.reads))
    started = _started(mine, rule)
    closed = _closed(mine, started, rule)
    ended = _ended(mine, started, rule)
    frame = (
        started.join(closed, on=_CLOCK, how="left").join(ended, on=_CLOCK, how="left")
        .with_columns(labels.in_force(rule))
    )  # fmt: skip
    if rule.due:
        frame = frame.join(_promised(mine), on=_SUBJECT, how="inner")
    timed = _timed(frame.collect(), mine, rule, clocks)
    return _verdicts(timed, rule)


def _started(mine: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """One row per clock: its start, with the labels of the start."""
    starts = mine.filter(pl.col("type").is_in(rule.start) & ~pl.col("inferred"))
    if rule.otherwise:
        named = starts.filter(pl.col("subject_type") == rule.over).select("event_id").unique()
        unnamed = starts.filter(pl.col("subject_type") != rule.over).join(named, on="event_id", how="anti")
        starts = pl.concat([starts.filter(pl.col("subject_type") == rule.over), unnamed])
    occurrence = pl.col("type") if rule.occurrences == "each_type" else pl.lit("1")
    at = pl.coalesce("arrived_at", "occurred_at") if rule.start_at == "received" else pl.col("occurred_at")
    return (
        starts.with_columns(occurrence=occurrence).sort(_ORDER).unique(_CLOCK, keep="first")
        .select(
            *_CLOCK, "order_no", *_LABELS, start_type="type", start_event="event_id", start_rank="stage_rank",
            opened_at="occurred_at", started_at=at,
        )
    )  # fmt: skip


def _closed(mine: pl.LazyFrame, started: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """Per clock the first stop: when it happened, when it was known, and whether it came too early to be true."""
    stops = mine.filter(pl.col("type").is_in(rule.stops)).select(*_SUBJECT, *_ORDER, "type", "stage_rank", "arrived_at")
    early = pl.col("occurred_at") < pl.col("opened_at") - _ALLOWED
    counted = pl.max_horizontal("opened_at", "occurred_at")
    return (
        stops.join(started.select(*_CLOCK, "opened_at", "start_rank"), on=_SUBJECT)
        .filter(_reaching(rule)).with_columns(early=early, counted=counted)
        .sort("counted", "early", *_ORDER).unique(_CLOCK, keep="first")
        .select(*_CLOCK, "early", stop_at="occurred_at", stop_event="event_id", stop_arrived_at="arrived_at")
    )  # fmt: skip


def _reaching(rule: Rule) -> pl.Expr:
    """A stop that must reach its start has at least its stage; what ended an order must be the very same end."""
    reaching = [stop.event for stop in rule.stop if stop.reaches]
    rank, wanted = pl.col("stage_rank"), pl.col("start_rank")
    enough = pl.when(wanted >= RANK["captured"]).then(rank >= wanted).otherwise(rank == wanted)
    return ~pl.col("type").is_in(reaching) | enough.fill_null(False)


def _ended(mine: pl.LazyFrame, started: pl.LazyFrame, rule: Rule) -> pl.LazyFrame:
    """Per clock the first void that concerns it; what started a clock does not end it."""
    voids = mine.filter(pl.col("type").is_in(rule.void)).select(*_SUBJECT, "type", "occurred_at")
    concerns = (pl.col("occurred_at") >= pl.col("opened_at") - _ALLOWED) & (pl.col("type") != pl.col("start_type"))
    joined = voids.join(started.select(*_CLOCK, "opened_at", "start_type"), on=_SUBJECT)
    return joined.filter(concerns).group_by(_CLOCK).agg(ended_at=pl.col("occurred_at").min())


def _promised(mine: pl.LazyFrame) -> pl.LazyFrame:
    """The promise that was given last; who has none has no deadline."""
    given = mine.filter(pl.col("promised_at").is_not_null()).group_by(_SUBJECT)
    return given.agg(pl.col("promised_at").sort_by(*_ORDER, "promised_at").last())


def _timed(frame: pl.DataFrame, mine: pl.LazyFrame, rule: Resolved, clocks: Clocks) -> pl.DataFrame:
    """The clocks with `due_at` and `warn_at`."""
    if rule.due:
        due = _due_by_field(frame, rule, clocks)
        start = pl.col("started_at")
        return frame.with_columns(due_at=due).with_columns(
            warn_at=pl.min_horizontal("due_at", start + (pl.col("due_at") - start) * pl.col("share"))
        )
    frame = frame.with_columns(paused=pl.lit(False))
    if rule.restart:
        told = mine.filter(pl.col("type").is_in(holds.PLACED + holds.ENDED)).collect()
        frame = holds.restarted(frame.drop("paused"), holds.intervals(told), lambda f: _due(f, rule, clocks))
    warned, due = _warned(frame, clocks), _due(frame, rule, clocks)
    open_ = pl.col("paused")
    return frame.with_columns(due_at=due, warn_at=warned).with_columns(
        due_at=pl.when(~open_).then("due_at"), warn_at=pl.when(~open_).then(pl.min_horizontal("due_at", "warn_at"))
    )


def _due(frame: pl.DataFrame, rule: Rule, clocks: Clocks) -> pl.Series:
    """Start and target on the calendar; working days where the target is given in them."""
    start, calendar = frame["started_at"], frame["calendar"]
    due = clocks.add(start, frame["seconds"], calendar)
    if (frame["days"] > 0).any():
        due = due.zip_with(frame["days"] == 0, clocks.add_days(start, frame["days"], calendar))
    return _by_basis(due, frame, rule, clocks)


def _due_by_field(frame: pl.DataFrame, rule: Rule, clocks: Clocks) -> pl.Series:
    """The promise, moved by the offset."""
    due, calendar = frame["promised_at"], frame["calendar"]
    if rule.offset:
        sign, by = -1 if rule.offset.startswith("-") else 1, span(rule.offset.removeprefix("-"))
        many = pl.Series([sign * (by.days or by.seconds)]).new_from_index(0, len(due))
        due = clocks.add_days(due, many, calendar) if by.days else clocks.add(due, many, calendar)
    return _by_basis(due, frame, rule, clocks)


def _by_basis(due: pl.Series, frame: pl.DataFrame, rule: Rule, clocks: Clocks) -> pl.Series:
    day = frame["basis"] == "day"
    return clocks.end_of_day(due, rule.zone).zip_with(day, due) if day.any() else due


def _warned(frame: pl.DataFrame, clocks: Clocks) -> pl.Series:
    """The share of the working time after which to warn."""
    start, calendar = frame["started_at"], frame["calendar"]
    seconds = frame["seconds"].cast(pl.Float64)
    if (frame["days"] > 0).any():
        worked = clocks.elapsed(start, clocks.add_days(start, frame["days"], calendar), calendar)
        seconds = seconds + worked.dt.total_microseconds() / 1e6
    return clocks.add(start, seconds * frame["share"], calendar)


def _verdicts(timed: pl.DataFrame, rule: Resolved) -> pl.DataFrame:
    """Which of stop and void came first, written as Dues."""
    ended = pl.col("ended_at").is_not_null() & (pl.col("ended_at") < pl.col("stop_at")).fill_null(True)
    start = pl.col("started_at")
    stopped = ~ended & pl.col("stop_at").is_not_null()
    early = stopped & pl.col("early")
    flags = pl.when(early).then(pl.lit([EARLY])).otherwise(pl.lit([], dtype=pl.List(pl.String)))
    made = timed.with_columns(
        rule=pl.lit(rule.id),
        rule_version=pl.lit(rule.rule_version),
        code=pl.lit(rule.code),
        met_at=pl.when(stopped).then(pl.max_horizontal(start, "stop_at")),
        void_at=pl.when(ended).then(pl.max_horizontal(start, "ended_at")),
        stop_event=pl.when(stopped).then("stop_event"),
        stop_arrived_at=pl.when(stopped).then("stop_arrived_at"),
        flags=flags,
    )
    return made.select(pl.col(name).cast(kind) for name, kind in DUE.items())
