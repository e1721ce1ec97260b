"""Deadlines: something begins, and something else must have happened by a moment that can be told at once.

1. The first start opens the clock; a start that was only inferred opens none. A rule may give each type of start, each
   document, or each time anew a clock of its own, and begin a clock again on an event (`rules/kinds/runs.py`).
2. The first stop at or after the start closes it. A stop before its start counts at the start, and is flagged when
   it is more than five minutes early; a clock that was begun anew takes none that came before those minutes. Later stops
   change nothing.
3. A void at or after the start (or within the same five minutes) ends a clock that no stop has closed before,
   late or not.
4. The due moment is the start and the target on the calendar of whoever must act, closing time by the cut-off, the
   next file and the target, or a field; with basis `day` the end of that local day. A clock keeps the calendar of its
   start, corrected by what was published before it ended. Nothing here asks what time it is.
5. A hold may begin a clock again at its end, or let it stand until then.
6. Where the condition of a rule does not hold there is no clock; where it cannot be told, the clock is void and flagged.
7. A stop in time that was heard of after the due moment, when its start was known, is flagged as reported late.

Labels are those of the start. First is by (occurred_at, source_rank, event_id), so that neither order of arrival nor
duplicates change a Due. All rules are judged at once; a clock goes by one number, its `key`, made of rule, occurrence
and subject, and an event by its place in that order, so that the first of several is the least number.
"""

from collections.abc import Sequence
from datetime import timedelta

import polars as pl

from app.contracts import CLOCK, Clocks, Moments
from app.model.taxonomy import RANK
from rules import condition, holds, labels
from rules.kinds.parts import (
    CREDIT,
    PAUSED,
    PLACED,
    PROMISE,
    RELEASED,
    RESUMED,
    STOP,
    VOID,
    Plan,
    plan,
)
from rules.kinds.runs import SUBJECTS, TYPES, begun
from rules.kinds.timing import Breaks, timed
from rules.rule import Resolved

EARLY, UNKNOWN, REPORTED_LATE = "stop_before_start", "when_unknown", "reported_late"
_ALLOWED = timedelta(minutes=5)
#: Stops at the start come before early ones, and these before later ones.
_AT_START, _TOO_EARLY, _LATER = (place * SUBJECTS for place in range(3))


def dues(moments: Moments, rules: Sequence[Resolved], clocks: Clocks) -> pl.DataFrame:
    """The clocks of the subjects in `moments` under these rules, in no particular order."""
    told = plan(rules, moments.what)
    read = _read(moments.concerns, told)
    runs = _opened(begun(read, moments.steps, told, rules), moments.steps)
    frame = runs.join(_ended(read, runs, moments.steps), on="run", how="left")
    frame = _applying(_known(frame, moments, told, rules), rules)
    of = frame.select("run", "key")
    breaks = Breaks(
        holds=_intervals(read, of, moments.steps, PLACED, RELEASED), pauses=_paused(read, of, moments.steps, told)
    )
    promised = _promised(read, frame.select("run", "key", "start", "rule"), moments.steps, rules)
    by_run = frame.drop("key").rename({"run": "key"})
    return _verdicts(timed(by_run, breaks, promised, rules, clocks), rules)


def _read(concerns: pl.DataFrame, told: Plan) -> pl.DataFrame:
    """Each part that an event plays for a clock; `mark` is the event's place, and the type of step it tells of."""
    key = pl.col("clock") * SUBJECTS + pl.col("subject")
    mark = pl.col("step").cast(pl.UInt64) * TYPES + pl.col("type")
    return concerns.join(told.parts, on="what").select("part", "rank", "reaches", key=key, mark=mark)


def _opened(runs: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """The clocks with what is known of their start."""
    start = pl.col("mark") // TYPES
    return runs.drop("mark").with_columns(
        start=runs.select(start.cast(pl.UInt32)).to_series(),
        start_type=runs.select(pl.col("mark") % TYPES).to_series(),
        opened_at=runs.select(_of(steps, "occurred_at", start)).to_series(),
        start_rank=runs.select(_of(steps, "stage_rank", start)).to_series(),
    )


def _ended(read: pl.DataFrame, runs: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Per clock the first stop, as its place in the order of counting, and the first void that concerns it."""
    ends = read.filter(pl.col("part").is_in((STOP, VOID)))
    each, by_document = pl.col("how") == "each", pl.col("how") == "each_document"
    said = pl.col("document") == _of(steps, "message", pl.col("mark") // TYPES)
    return pl.concat(
        [
            _ended_anew(ends, runs.filter(each), steps),
            _ended_first(ends, runs.filter(by_document), steps, said.fill_null(True)),
            _ended_first(ends, runs.filter(~each & ~by_document), steps, pl.lit(True)),
        ]
    )


def _ended_first(ends: pl.DataFrame, runs: pl.DataFrame, steps: pl.DataFrame, mine: pl.Expr) -> pl.DataFrame:
    """Of clocks that run once for a subject or a document, or until they begin again; `mine` says which ends concern them."""
    known = ("key", "run", "start", "opened_at", "start_type", "start_rank", "document", "again")
    ends = ends.join(runs.select(known), on="key")
    step, opened, is_stop = pl.col("mark") // TYPES, pl.col("opened_at"), pl.col("part") == STOP
    at = _of(steps, "occurred_at", step)
    early = at < opened - _ALLOWED
    counted = step + pl.when(at > opened).then(_LATER).when(early).then(_TOO_EARLY).otherwise(_AT_START)
    after = ~pl.col("again").fill_null(False) | (step > pl.col("start"))
    concerns = ~early & (pl.col("mark") % TYPES != pl.col("start_type"))
    found = (
        ends.select(
            "run",
            stop=pl.when(is_stop & mine & after & _reaching(_of(steps, "stage_rank", step))).then(counted),
            void=pl.when(~is_stop & mine & after & concerns).then(step),
        )
        .group_by("run").agg(pl.col("stop").min(), pl.col("void").min())
    )  # fmt: skip
    until = runs.filter(pl.col("until").is_not_null()).select("run", until=pl.col("until") // TYPES)
    if until.is_empty():
        return found
    void = pl.min_horizontal("void", "until")
    return found.join(until, on="run", how="full", coalesce=True).select("run", "stop", void=void)


def _ended_anew(ends: pl.DataFrame, runs: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Of clocks that begin each time anew: what comes next, else what came just before."""
    ends = ends.join(runs, on="key", how="semi")
    began = runs.sort("start").with_columns(at=pl.col("start").cast(pl.UInt64))
    for name, part in (("stop", STOP), ("void", VOID)):
        some = ends.filter(pl.col("part") == part).select("key", at=pl.col("mark") // TYPES)
        some = some.with_columns(pl.col("at").alias(name)).unique().sort("at")
        began = began.join_asof(
            some, on="at", by="key", strategy="forward", allow_exact_matches=False, check_sortedness=False
        )
    before = pl.col("early") // TYPES
    near = (_of(steps, "occurred_at", before) >= pl.col("opened_at") - _ALLOWED).fill_null(False)
    stopped, voided = near & (pl.col("early_part") == STOP), near & (pl.col("early_part") == VOID)
    return began.select(
        "run",
        stop=pl.when(stopped).then(before + _AT_START).otherwise(pl.col("stop") + _LATER),
        void=pl.when(voided).then(before).otherwise("void"),
    )


def _reaching(rank: pl.Expr) -> pl.Expr:
    """A stop that must reach its start has at least its stage; what ended an order must be the very same end."""
    reached, wanted = pl.coalesce("rank", rank), pl.col("start_rank")
    enough = pl.when(wanted >= RANK["captured"]).then(reached >= wanted).otherwise(reached == wanted)
    return ~pl.col("reaches") | enough.fill_null(False)


def _known(frame: pl.DataFrame, moments: Moments, told: Plan, rules: Sequence[Resolved]) -> pl.DataFrame:
    """The clocks with what is known of their start, stop and void, and with the labels of the start."""
    steps, clock = moments.steps, pl.col("key") // SUBJECTS
    stop = pl.col("stop") % SUBJECTS
    heard = pl.lit(pl.Series([rule.stop_at == "received" for rule in rules], dtype=pl.Boolean))
    rule = _of(told.clocks, "rule", clock)
    arrived = _of(steps, "arrived_at", stop)
    known = frame.select(
        "run", "key", "start", rule=rule, occurrence=_occurrence(frame, steps, told),
        subject=(pl.col("key") % SUBJECTS).cast(pl.UInt32),
        opened_at="opened_at", received_at=pl.coalesce(_of(steps, "arrived_at", pl.col("start")), "opened_at"),
        start_event=_of(steps, "event_id", pl.col("start")),
        early=(pl.col("stop") // SUBJECTS * SUBJECTS == _TOO_EARLY).fill_null(False),
        stop_at=pl.when(heard.gather(rule)).then(arrived).otherwise(_of(steps, "occurred_at", stop)),
        stop_event=_of(steps, "event_id", stop), stop_arrived_at=arrived,
        ended_at=_of(steps, "occurred_at", pl.col("void")),
    )  # fmt: skip
    return known.join(moments.labels, left_on="start", right_on="step", how="left")


def _occurrence(frame: pl.DataFrame, steps: pl.DataFrame, told: Plan) -> pl.Series:
    """What tells a clock from others of its subject: its type of start, document, revision, or the start itself."""
    start = frame["start"]
    said = _rows(told.clocks["occurrence"], frame["key"] // SUBJECTS)
    own, again = frame["how"] == "each", frame["again"].fill_null(False)
    if again.any():
        revision = _rows(steps["revision"], start).cast(pl.String)
        number = pl.concat([frame.select("key"), revision.to_frame("revision")], how="horizontal").is_duplicated()
        said, own = revision.zip_with(again, said), own | (again & number)
    at = own.arg_true()
    said = said.scatter(at, _hexadecimal(_rows(steps["event_id"], _rows(start, at))))
    documents = frame["how"] == "each_document"
    return frame["document"].fill_null("1").zip_with(documents, said) if documents.any() else said


def _rows(column: pl.Series, rows: pl.Series) -> pl.Series:
    return column.gather(rows)


def _hexadecimal(ids: pl.Series) -> pl.Series:
    """Ids as they are written elsewhere, sixteen digits each."""
    digits = ids.fill_null(0).to_numpy().astype(">u8").tobytes().hex()
    return pl.Series([digits], dtype=pl.String).str.extract_all(".{16}").explode()


def _applying(frame: pl.DataFrame, rules: Sequence[Resolved]) -> pl.DataFrame:
    """Without the clocks for which their rule's condition does not hold; `unknown` marks those where none can tell."""
    holds_ = pl.repeat(True, len(frame), dtype=pl.Boolean, eager=True)
    for place, rule in enumerate(rules):
        mine = (frame["rule"] == place).arg_true() if rule.when else ()
        if len(mine):
            holds_ = holds_.scatter(mine, condition.holds(rule.when, labels.named(frame[mine])))
    return frame.with_columns(unknown=holds_.is_null()).filter(holds_.fill_null(True))


def _intervals(read: pl.DataFrame, of: pl.DataFrame, steps: pl.DataFrame, begin: int, end: int) -> pl.DataFrame:
    """The holds that interrupt or pause clocks, from one part to the other."""
    told = read.filter(pl.col("part").is_in((begin, end)))
    return _between(told, begin, of, steps)


def _paused(read: pl.DataFrame, of: pl.DataFrame, steps: pl.DataFrame, told: Plan) -> pl.DataFrame:
    """The holds that pause clocks, where a rule names their kinds only those."""
    some = read.filter(pl.col("part").is_in((PAUSED, RESUMED)))
    if len(told.kinds):
        clock = pl.col("key") // SUBJECTS
        asked = some.with_columns(clock=clock, kind=_of(steps, "hold", pl.col("mark") // TYPES))
        named = asked.join(told.kinds.with_columns(fits=pl.lit(True)), on=["clock", "kind"], how="left")
        any_ = ~pl.col("clock").is_in(told.kinds["clock"].implode())
        some = named.filter((pl.col("part") == RESUMED) | any_ | pl.col("fits").fill_null(False))
    return _between(some, PAUSED, of, steps)


def _between(told: pl.DataFrame, begin: int, of: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    step = pl.col("mark") // TYPES
    kind = pl.when((pl.col("mark") % TYPES).is_in(CREDIT)).then(pl.lit("credit")).otherwise(pl.lit("hold"))
    hold = pl.coalesce(_of(steps, "hold_id", step), kind)
    at = _of(steps, "occurred_at", step)
    found = holds.intervals(told.select("key", placing=pl.col("part") == begin, at=at, hold=hold))
    return _of_runs(found, of)


def _promised(read: pl.DataFrame, runs: pl.DataFrame, steps: pl.DataFrame, rules: Sequence[Resolved]) -> pl.DataFrame:
    """The promise that was given last, or the first event after the start by which a clock is due; else no deadline."""
    by_event = pl.lit(pl.Series([rule.due not in ("", "promised_at") for rule in rules], dtype=pl.Boolean))
    step = pl.col("mark") // TYPES
    told = read.filter(pl.col("part") == PROMISE).select("key", "mark").join(runs, on="key")
    told = told.with_columns(event=by_event.gather(pl.col("rule")), at=_of(steps, "occurred_at", step))
    after = told.filter("event").filter(step > pl.col("start"))
    first = after.group_by("run").agg(pl.col("at").min())
    given = told.filter(~pl.col("event")).with_columns(at=_of(steps, "promised_at", step))
    last = given.filter(pl.col("at").is_not_null()).group_by("run").agg(pl.col("mark").max())
    last = last.select("run", at=_of(steps, "promised_at", step))
    return pl.concat([first, last]).select(key="run", promised_at="at")


def _of_runs(told: pl.DataFrame, of: pl.DataFrame) -> pl.DataFrame:
    """What is told by key, for each clock of that key."""
    return told.join(of, on="key").drop("key").rename({"run": "key"})


def _of(frame: pl.DataFrame, column: str, rows: pl.Expr) -> pl.Expr:
    """The values of a column in the given rows; null for no row."""
    return pl.lit(frame[column]).gather(rows)


def _verdicts(frame: pl.DataFrame, rules: Sequence[Resolved]) -> pl.DataFrame:
    """Which of stop and void came first."""
    unknown = pl.col("unknown")
    ended = unknown | (pl.col("ended_at").is_not_null() & (pl.col("ended_at") < pl.col("stop_at")).fill_null(True))
    start, due = pl.col("started_at"), pl.col("due_at")
    stopped = ~ended & pl.col("stop_at").is_not_null()
    occurred = pl.lit(pl.Series([rule.stop_at == "occurred" for rule in rules], dtype=pl.Boolean))
    late = (
        stopped & (pl.max_horizontal(start, "stop_at") <= due)
        & (pl.col("stop_arrived_at") > pl.max_horizontal(due, "received_at")) & occurred.gather(pl.col("rule"))
    )  # fmt: skip
    told = ((unknown, UNKNOWN), (stopped & pl.col("early"), EARLY), (late, REPORTED_LATE))
    flags = pl.concat_str([pl.when(mark).then(pl.lit(name)) for mark, name in told], separator=" ", ignore_nulls=True)
    made = frame.with_columns(
        due_at=pl.when(~unknown).then(due),
        warn_at=pl.when(~unknown).then("warn_at"),
        met_at=pl.when(stopped).then(pl.max_horizontal(start, "stop_at")),
        void_at=pl.when(unknown).then(start).when(ended).then(pl.max_horizontal(start, "ended_at")),
        stop_event=pl.when(stopped).then("stop_event"),
        stop_arrived_at=pl.when(stopped).then("stop_arrived_at"),
        flag=pl.when(flags != "").then(flags),
    )
    return made.select(pl.col(name).cast(kind) for name, kind in CLOCK.items())
