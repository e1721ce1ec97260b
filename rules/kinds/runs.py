"""When the clocks of one subject begin: once, anew each time after a stop, one per document, or again on an event.

All go by rows of what is read: `key` (clock and subject), `part`, and `mark`, the event's place and type. Places are in
the order (occurred_at, source_rank, event_id), so that nothing here depends on the order of arrival.

1. `first`: the first start begins the only clock.
2. `each`: a start begins a clock unless one runs already; a stop or a void ends it. A type that is both start and stop
   ends one clock and begins the next. What ended no clock before is told with the start after it (`early`).
3. `each_document`: the first start of each document begins its clock; what names no document concerns all of them.
4. After a final event nothing begins.
5. An event that begins a clock again makes the running one void; a condition over the two says whether it does.
"""

from collections.abc import Sequence

import polars as pl

from rules import condition
from rules.kinds.parts import AGAIN, FINAL, START, STOP, VOID, Plan
from rules.rule import Resolved, Restart

TYPES, SUBJECTS = 1 << 16, 1 << 32
#: A clock: `key`, the `mark` of its start, `document` (null: any), whether it was begun `again`, the mark `until` which
#: it runs, and the mark and part of what came `early`.
_RUN = {
    "key": pl.UInt64, "mark": pl.UInt64, "document": pl.String, "again": pl.Boolean, "until": pl.UInt64,
    "early": pl.UInt64, "early_part": pl.UInt8,
}  # fmt: skip


def begun(read: pl.DataFrame, steps: pl.DataFrame, told: Plan, rules: Sequence[Resolved]) -> pl.DataFrame:
    """One row per clock: `run` (its number), `how`, and the columns of a run."""
    starts = _still(read.filter(pl.col("part") == START), read).select("key", "mark")
    how = pl.lit(told.clocks["how"]).gather(pl.col("key") // SUBJECTS)
    first, each, by_document = (starts.filter(how == name) for name in ("first", "each", "each_document"))
    runs = [
        _run(_restarted(first.group_by("key").agg(pl.col("mark").min()), read, steps, told, rules)),
        _run(_each(each.unique(), read)),
        _run(_by_document(by_document, steps)),
    ]
    return pl.concat(runs).with_columns(how=how).with_row_index("run")


def _run(frame: pl.DataFrame) -> pl.DataFrame:
    """With the columns of a run, empty where they are missing."""
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name) for name, kind in _RUN.items()
    )


def _still(starts: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """Without the starts that come after a final event."""
    final = read.filter(pl.col("part") == FINAL)
    if final.is_empty():
        return starts
    over = final.group_by("key").agg(over=pl.col("mark").min())
    return starts.join(over, on="key", how="left").filter((pl.col("mark") < pl.col("over")).fill_null(True))


def _each(starts: pl.DataFrame, read: pl.DataFrame) -> pl.DataFrame:
    """The first start of all, and the first after each stop or void."""
    if starts.is_empty():
        return starts
    ends = read.filter(pl.col("part").is_in((STOP, VOID))).join(starts, on="key", how="semi")
    both = pl.concat([starts.with_columns(part=pl.lit(START, pl.UInt8)), ends.select("key", "mark", "part")])
    # At one step the end comes first: it ends the clock before, and the start begins another.
    step, starting = pl.col("mark") // TYPES, pl.col("part") == START
    both = (
        both.with_columns(step=step, starts=starting)
        .unique(["key", "step", "part"])
        .sort("key", "step", "starts", "part")
    )
    # Rows are in order, so that what stands before or after a row of one key is a shift: a step has at most three rows.
    begins = [starting.shift(-n) & _same("step", -n) & _same("key", -n) for n in (1, 2)]
    own = ~starting & pl.any_horizontal(begins).fill_null(False)
    both = both.with_columns(ends=(~starting).cum_sum()).filter(~own)
    alone = ~starting & ~(_same("key", 1) & starting.shift(1)).fill_null(False)
    both = both.with_columns(alone=alone).with_columns(
        pl.when(pl.col("alone").shift(1) & _same("key", 1)).then(pl.col(name).shift(1)).alias(told)
        for name, told in (("mark", "early"), ("part", "early_part"))
    )
    first = both.filter(starting).group_by("key", "ends", maintain_order=True)
    return first.agg(pl.col("mark", "early", "early_part").first()).drop("ends")


def _same(column: str, by: int) -> pl.Expr:
    """Whether a row so many before (below nought: after) has the same value; null where there is none."""
    return pl.col(column) == pl.col(column).shift(by)


def _by_document(starts: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    document = pl.lit(steps["message"]).gather(pl.col("mark") // TYPES)
    return starts.with_columns(document=document).group_by("key", "document").agg(pl.col("mark").min())


def _restarted(
    first: pl.DataFrame, read: pl.DataFrame, steps: pl.DataFrame, told: Plan, rules: Sequence[Resolved]
) -> pl.DataFrame:
    """The first clocks, and those that an event begins again, one generation after the other."""
    events = read.filter(pl.col("part") == AGAIN).select("key", next="mark").unique()
    if events.is_empty():
        return first
    rule = pl.lit(told.clocks["rule"]).gather(pl.col("key") // SUBJECTS)
    done, running = [], first.with_columns(again=pl.lit(False))
    while not running.is_empty():
        later = running.join(events, on="key").filter(pl.col("next") // TYPES > pl.col("mark") // TYPES)
        renewed = later.filter(_renews(later.with_columns(rule=rule), steps, rules))
        until = renewed.group_by("key").agg(until=pl.col("next").min())
        done.append(running.join(until, on="key", how="left"))
        running = until.select("key", mark="until", again=pl.lit(True))
    return pl.concat(done)


def _renews(later: pl.DataFrame, steps: pl.DataFrame, rules: Sequence[Resolved]) -> pl.Series:
    """Whether each event begins its clock again."""
    of = pl.lit(steps["revision"])
    asked = later.select(
        "rule",
        **{"event.revision": of.gather(pl.col("next") // TYPES), "due.revision": of.gather(pl.col("mark") // TYPES)},
    )
    answer = pl.repeat(False, len(later), eager=True)
    for place in asked["rule"].unique():
        mine, restart = asked["rule"] == place, rules[place].restart
        if isinstance(restart, Restart):
            answer = answer.scatter(mine.arg_true(), condition.holds(restart.when, asked.filter(mine)).fill_null(False))
    return answer
