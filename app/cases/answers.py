"""The clocks of answering exceptions, from cases and moves: S27, somebody takes it, and S28, it is settled.

1. S27 starts when a case is opened or reopened, and is met by the first thing that a person does which takes it out of
`new`. 2. S28 starts when a case is first opened as work, runs on when it is reopened, and is met when the fault has
cleared or a person has settled it. 3. The severity is that at the stop, or as it stands. 4. What was over before anyone
saw it has no clock; what is folded under another case is answered with that one.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

import polars as pl
from sqlalchemy import Select, Text, cast, select

from app.cases.tables import case, move
from app.model.event import INSTANT

#: The columns of a case, and of a move, that the clocks need.
CASE: dict[str, Any] = {
    "id": pl.String, "severity": pl.String, "status": pl.String, "partner": pl.String, "owner": pl.String, "team": pl.String,
    "cleared_at": INSTANT, "cleared_by": pl.String, "resolved_at": INSTANT, "folded_under": pl.String, "touched": pl.Int64,
}  # fmt: skip
MOVE: dict[str, Any] = {
    "sequence": pl.Int64, "case_id": pl.String, "at": INSTANT, "via": pl.String, "action": pl.String,
    "from_status": pl.String, "to_status": pl.String, "changes": pl.String,
}  # fmt: skip
#: Columns of a case that hold instants: moves tell them as text.
_INSTANTS = frozenset(name for name, kind in CASE.items() if kind == INSTANT)
_BEGUN = ("rule", "case_id", "severity", "partner", "owner", "team", "started_at", "met_at", "ended_at", "void")


def news(scope: str, upto: int) -> tuple[Select[Any], Select[Any]]:
    """What changed after the number `upto`: cases, and of their moves those that change status or severity."""
    mine, told = case.c.scope == scope, cast(move.c.changes, Text)
    matters = move.c.from_status.is_distinct_from(move.c.to_status) | told.like('%"severity"%')
    columns = (*(move.c[name] for name in MOVE if name != "changes"), told)
    moves = select(*columns).join(case, case.c.id == move.c.case_id).where(mine, move.c.sequence > upto, matters)
    cases = select(*(case.c[name] for name in CASE)).where(mine, case.c.touched > upto)
    return cases, moves.order_by(move.c.sequence)


def later(scope: str, told: datetime) -> Select[Any]:
    """What was changed of cases after an instant, oldest first: case_id, changes."""
    mine = (case.c.scope == scope, move.c.at > told)
    changed = select(move.c.case_id, move.c.changes).join(case, case.c.id == move.c.case_id)
    return changed.where(*mine).order_by(move.c.sequence)


def stood(cases: pl.DataFrame, changed: Iterable[tuple[str, dict[str, list[Any]]]]) -> pl.DataFrame:
    """Cases as they stood before these changes: of each column what the first change of it began from."""
    was: dict[str, dict[str, Any]] = defaultdict(dict)
    for case_id, changes in changed:
        for name in CASE.keys() & changes.keys():
            was[case_id].setdefault(name, _read(name, changes[name][0]))
    rows = [row | was[row["id"]] for row in cases.filter(pl.col("id").is_in(list(was))).iter_rows(named=True)]
    return pl.concat([cases.filter(~pl.col("id").is_in(list(was))), pl.DataFrame(rows, schema=CASE)])


def _read(name: str, said: Any) -> Any:
    return datetime.fromisoformat(said).replace(tzinfo=None) if said and name in _INSTANTS else said


def begun(cases: pl.DataFrame, moves: pl.DataFrame) -> pl.DataFrame:
    """The clocks of both, one row each: rule, case_id, severity, partner, owner, team, started_at, met_at, ended_at, void.

    `ended_at` is when the case was over, answered or not; `void` that there never was a fault.
    """
    openings = _openings(moves)
    taken = openings.with_columns(rule=pl.lit("S27"), severity="graded")
    first = openings.group_by("case_id").agg(pl.col("started_at").min())
    void = pl.col("cleared_by") == "void"
    over = pl.coalesce("cleared_at", "resolved_at")
    settled = first.join(cases, left_on="case_id", right_on="id").select(
        "case_id", "started_at", rule=pl.lit("S28"), severity="severity",
        met_at=pl.when(~void.fill_null(False) & over.is_not_null()).then(pl.max_horizontal(over, "started_at")),
        ended_at=pl.coalesce("resolved_at", over),
    )  # fmt: skip
    columns = ("rule", "case_id", "severity", "started_at", "met_at", "ended_at")
    who = cases.filter(pl.col("folded_under").is_null()).select(
        pl.col("id").alias("case_id"),
        pl.col("severity").alias("now"),
        "partner",
        "owner",
        "team",
        void=void.fill_null(False),
    )
    both = pl.concat([taken.select(columns), settled.select(columns)]).join(who, on="case_id")
    return both.with_columns(severity=pl.coalesce("severity", "now")).select(_BEGUN)


def _openings(moves: pl.DataFrame) -> pl.DataFrame:
    """Each time that a case came as new work: case_id, started_at, met_at, ended_at, graded (the severity that counts)."""
    came = (pl.col("from_status").is_null() | pl.col("from_status").is_in(["resolved", "closed"])) & (
        pl.col("to_status") == "new"
    )
    by_hand = (pl.col("via") != "engine") & (pl.col("to_status") != "new")
    over = pl.col("to_status").is_in(["resolved", "closed"])
    told = moves.sort("sequence").with_columns(came=came, opening=came.cum_sum().over("case_id"), graded=_graded())
    return (
        told.filter(pl.col("opening") > 0)
        .group_by("case_id", "opening")
        .agg(
            started_at=pl.col("at").filter("came").first(),
            met_at=pl.col("at").filter(by_hand).first(),
            ended_at=pl.col("at").filter(over).first(),
            graded=pl.coalesce(pl.col("graded").filter(by_hand | over).first(), pl.col("graded").last()),
        )
    )


def _graded() -> pl.Expr:
    """The severity after each move: what it or an earlier one set, else what the next change began from."""
    to, was = (pl.col("changes").str.json_path_match(f"$.severity[{n}]") for n in (1, 0))
    return pl.coalesce(to.forward_fill().over("case_id"), was.shift(-1).backward_fill().over("case_id"))
