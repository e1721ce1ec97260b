"""Deadlines: something begins, and something else must have happened by a moment that can be told at once.

1. The first start opens the clock; a start that was only inferred opens none. With `occurrences: each_type` every
   type of start has a clock of its own.
2. The first stop at or after the start closes it. A stop before its start counts at the start, and is flagged when
   it is more than five minutes early. Later stops change nothing.
3. A void at or after the start (or within the same five minutes) ends a clock that no stop has closed before,
   late or not.
4. The due moment is the start and the target on the calendar of whoever must act, closing time by the cut-off, the
   next file and the target, or a field; with basis `day` the end of that local day. A clock keeps the calendar of its
   start, corrected by what was published before it ended. Nothing here asks what time it is.
5. A hold may begin a clock again at its end, or let it stand until then.

Labels are those of the start. First is by (occurred_at, source_rank, event_id), so that neither order of arrival nor
duplicates change a Due. All rules are judged at once; a clock goes by one number, its `key`, made of rule, occurrence
and subject, and an event by its place in that order, so that the first of several is the least number.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from app.contracts import CLOCK, Clocks, Moments
from app.model.taxonomy import RANK
from rules import holds
from rules.kinds.parts import (
    CREDIT,
    PAUSED,
    PLACED,
    PROMISE,
    RELEASED,
    RESUMED,
    START,
    STOP,
    VOID,
    Plan,
    plan,
)
from rules.kinds.timing import Breaks, timed
from rules.rule import Resolved

EARLY = "stop_before_start"
_ALLOWED = timedelta(minutes=5)
_TYPES, _SUBJECTS = 1 << 16, 1 << 32
#: Stops at the start come before early ones, and these before later ones.
_AT_START, _TOO_EARLY, _LATER = (place * _SUBJECTS for place in range(3))


def dues(moments: Moments, rules: Sequence[Resolved], clocks: Clocks) -> pl.DataFrame:
    """The clocks of the subjects in `moments` under these rules, in no particular order."""
    told = plan(rules, moments.what)
    read = _read(moments.concerns, told)
    started = _started(read, moments.steps)
    frame = started.join(_ended(read, started, moments.steps), on="key", how="left")
    frame = _known(frame, moments, told)
    breaks = Breaks(
        holds=_intervals(read, moments.steps, PLACED, RELEASED), pauses=_intervals(read, moments.steps, PAUSED, RESUMED)
    )
    return _verdicts(timed(frame, breaks, _promised(read, moments.steps), rules, clocks))


def _read(concerns: pl.DataFrame, told: Plan) -> pl.DataFrame:
    """Each part that an event plays for a clock; `mark` is the event's place, and the type of step it tells of."""
    key = pl.col("clock") * _SUBJECTS + pl.col("subject")
    mark = pl.col("step").cast(pl.UInt64) * _TYPES + pl.col("type")
    return concerns.join(told.parts, on="what").select("part", "rank", "reaches", key=key, mark=mark)


def _started(read: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """One row per clock: its start."""
    first = read.filter(pl.col("part") == START).group_by("key").agg(pl.col("mark").min())
    start = pl.col("mark") // _TYPES
    return first.select(
        "key", start=start.cast(pl.UInt32), start_type=pl.col("mark") % _TYPES,
        opened_at=_of(steps, "occurred_at", start), start_rank=_of(steps, "stage_rank", start),
    )  # fmt: skip


def _ended(read: pl.DataFrame, started: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Per clock the first stop, as its place in the order of counting, and the first void that concerns it."""
    ends = read.filter(pl.col("part").is_in((STOP, VOID))).join(started, on="key")
    step, opened, is_stop = pl.col("mark") // _TYPES, pl.col("opened_at"), pl.col("part") == STOP
    at = _of(steps, "occurred_at", step)
    early = at < opened - _ALLOWED
    counted = step + pl.when(at > opened).then(_LATER).when(early).then(_TOO_EARLY).otherwise(_AT_START)
    concerns = ~early & (pl.col("mark") % _TYPES != pl.col("start_type"))
    return (
        ends.select(
            "key",
            stop=pl.when(is_stop & _reaching(_of(steps, "stage_rank", step))).then(counted),
            void=pl.when(~is_stop & concerns).then(step),
        )
        .group_by("key").agg(pl.col("stop").min(), pl.col("void").min())
    )  # fmt: skip


def _reaching(rank: pl.Expr) -> pl.Expr:
    """A stop that must reach its start has at least its stage; what ended an order must be the very same end."""
    reached, wanted = pl.coalesce("rank", rank), pl.col("start_rank")
    enough = pl.when(wanted >= RANK["captured"]).then(reached >= wanted).otherwise(reached == wanted)
    return ~pl.col("reaches") | enough.fill_null(False)


def _known(frame: pl.DataFrame, moments: Moments, told: Plan) -> pl.DataFrame:
    """The clocks with what is known of their start, stop and void, and with the labels of the start."""
    steps, clock = moments.steps, pl.col("key") // _SUBJECTS
    stop = pl.col("stop") % _SUBJECTS
    known = frame.select(
        "key", "start",
        rule=_of(told.clocks, "rule", clock), occurrence=_of(told.clocks, "occurrence", clock),
        subject=(pl.col("key") % _SUBJECTS).cast(pl.UInt32),
        opened_at="opened_at", received_at=pl.coalesce(_of(steps, "arrived_at", pl.col("start")), "opened_at"),
        start_event=_of(steps, "event_id", pl.col("start")),
        early=(pl.col("stop") // _SUBJECTS * _SUBJECTS == _TOO_EARLY).fill_null(False),
        stop_at=_of(steps, "occurred_at", stop), stop_event=_of(steps, "event_id", stop),
        stop_arrived_at=_of(steps, "arrived_at", stop),
        ended_at=_of(steps, "occurred_at", pl.col("void")),
    )  # fmt: skip
    return known.join(moments.labels, left_on="start", right_on="step", how="left")


def _intervals(read: pl.DataFrame, steps: pl.DataFrame, begin: int, end: int) -> pl.DataFrame:
    """The holds that interrupt or pause clocks, from one part to the other."""
    told = read.filter(pl.col("part").is_in((begin, end)))
    step = pl.col("mark") // _TYPES
    kind = pl.when((pl.col("mark") % _TYPES).is_in(CREDIT)).then(pl.lit("credit")).otherwise(pl.lit("hold"))
    hold = pl.coalesce(_of(steps, "hold_id", step), kind)
    at = _of(steps, "occurred_at", step)
    return holds.intervals(told.select("key", placing=pl.col("part") == begin, at=at, hold=hold))


def _promised(read: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """The promise that was given last; who has none has no deadline."""
    step = pl.col("mark") // _TYPES
    given = read.filter(pl.col("part") == PROMISE).select("key", "mark", promised_at=_of(steps, "promised_at", step))
    last = given.filter(pl.col("promised_at").is_not_null()).group_by("key").agg(pl.col("mark").max())
    return last.select("key", promised_at=_of(steps, "promised_at", step))


def _of(frame: pl.DataFrame, column: str, rows: pl.Expr) -> pl.Expr:
    """The values of a column in the given rows; null for no row."""
    return pl.lit(frame[column]).gather(rows)


def _verdicts(frame: pl.DataFrame) -> pl.DataFrame:
    """Which of stop and void came first."""
    ended = pl.col("ended_at").is_not_null() & (pl.col("ended_at") < pl.col("stop_at")).fill_null(True)
    start = pl.col("started_at")
    stopped = ~ended & pl.col("stop_at").is_not_null()
    made = frame.with_columns(
        met_at=pl.when(stopped).then(pl.max_horizontal(start, "stop_at")),
        void_at=pl.when(ended).then(pl.max_horizontal(start, "ended_at")),
        stop_event=pl.when(stopped).then("stop_event"),
        stop_arrived_at=pl.when(stopped).then("stop_arrived_at"),
        flag=pl.when(stopped & pl.col("early")).then(pl.lit(EARLY)),
    )
    return made.select(pl.col(name).cast(kind) for name, kind in CLOCK.items())
