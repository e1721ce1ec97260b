"""Moments as a story tells them, for examples and tests: from one flat frame to what kinds read, and back to names."""

from collections.abc import Mapping, Sequence

import polars as pl

from app.contracts import CLOCK, DUE, LABELS, Clocks, Kind, Moments, Reading
from app.model.taxonomy import EVENTS
from rules.rule import WHOLE, Resolved

_OVER = ("order", "fo", "sh", "inv", "rma", "po", "hold")
_STEPS = (
    "arrived_at", "stage_rank", "promised_at", "revision", "hold_id", "message", *LABELS,
)  # fmt: skip
_SUBJECT = ["subject_type", "subject", "order_no"]
_ORDER = ["occurred_at", "source_rank", "event_id"]
_STEP = [*_ORDER, "type"]
#: Everything that may be read, of a part, and apart: by the order for a part, or of all parts of the order together; of a story
#: nothing is left out.
WHAT: Mapping[Reading, int] = {
    (over, event, apart): number
    for number, (over, event, apart) in enumerate((o, e, a) for o in _OVER for e in EVENTS for a in (False, True))
}


def judged(flat: pl.DataFrame, rules: Sequence[Resolved], clocks: Clocks, kind: Kind) -> pl.DataFrame:
    """The Dues of a story (columns MOMENT) under rules of one kind, with all names spelled out."""
    moments, subjects = narrowed(flat)
    found = kind(moments, rules, clocks)
    rule = pl.DataFrame(
        [(place, one.id, one.rule_version, one.code) for place, one in enumerate(rules)],
        schema={"rule": pl.UInt16, "id": pl.String, "rule_version": pl.String, "code": pl.String}, orient="row",
    )  # fmt: skip
    flags = pl.col("flag").str.split(" ").fill_null(pl.lit([], pl.List(pl.String)))
    told = found.select(*CLOCK).join(rule, on="rule").drop("rule").rename({"id": "rule", "subject": "number"})
    told = told.join(subjects.cast({"number": pl.UInt32}), on="number").with_columns(flags=flags)
    return told.select(pl.col(name).cast(kind) for name, kind in DUE.items())


def narrowed(flat: pl.DataFrame) -> tuple[Moments, pl.DataFrame]:
    """A story (columns MOMENT) as kinds read it, and its subjects by their numbers."""
    subjects = flat.select(_SUBJECT).unique().with_row_index("number")
    steps = flat.select(*_STEP, *_STEPS).unique()
    steps = steps.sort(*_ORDER).with_row_index("step")
    told = flat.join(steps.select("step", *_STEP), on=_STEP, nulls_equal=True).join(subjects, on=_SUBJECT)
    what = pl.DataFrame(
        [(*reading, number) for reading, number in WHAT.items()],
        schema={"over": pl.String, "type": pl.String, "apart": pl.Boolean, "what": pl.UInt16}, orient="row",
    )  # fmt: skip
    named = told.select("step", "type", subject="number", over="subject_type", apart=pl.lit(False))
    everything = [named, _whole(told), *(_apart(told, over) for over in _OVER[1:])]
    concerns = pl.concat(everything).join(what, on=["over", "type", "apart"])
    narrow = concerns.select("step", "what", subject=pl.col("subject").cast(pl.UInt32))
    return Moments(steps, narrow, steps.select("step", *LABELS), WHAT), subjects


def _whole(told: pl.DataFrame) -> pl.DataFrame:
    """The delivery with which all of an order was there: the first of the shipment that came last; none while one is out."""
    door = pl.col("type") == WHOLE
    parcels = told.filter(pl.col("subject_type") == "sh").group_by("order_no", "subject")
    first = parcels.agg(step=pl.col("step").filter(door).min())
    last = first.group_by("order_no").agg(pl.col("step").max(), out=pl.col("step").is_null().any())
    orders = told.filter(pl.col("subject_type") == "order")
    known = orders.join(last.rename({"step": "last"}), on="order_no", how="left")
    single = pl.col("step").filter(door).min().over("order_no")
    there = known.filter(door & ~pl.col("out").fill_null(False) & (pl.col("step") == pl.coalesce("last", single)))
    return there.select("step", "type", subject="number", over=pl.lit("order"), apart=pl.lit(True))


def _apart(told: pl.DataFrame, over: str) -> pl.DataFrame:
    """An order without any such part stands for it."""
    some = told.filter(pl.col("subject_type") == over).select("order_no").unique()
    alone = told.filter(pl.col("subject_type") == "order").join(some, on="order_no", how="anti")
    return alone.select("step", "type", subject="number", over=pl.lit(over), apart=pl.lit(True))
