"""The exceptions of another time as a board: what the engine had to say then, titled, routed and folded as cases are;
and that board as a list, with the filters and sorts of today's.

What people did about them is in their history; here each stands as it was raised.
"""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import polars as pl

from app import clock
from app.cases.apply import House
from app.cases.board import BOARD, framed
from app.cases.folding import folds
from app.cases.intents import Intent, digest
from app.cases.life_cycle import Row
from app.cases.queries import several, sorting, statuses
from app.cases.routing import routed
from app.cases.sheltering import sheltered, systems
from app.cases.tables import case
from app.cases.titles import title
from app.cases.views import Json, case_json
from app.errors import Conflict
from app.model.event import INSTANT

_BLANK: dict[str, Any] = {column.name: None for column in case.columns}
#: Columns of the board that a case calls otherwise.
_NAMED = {"case_id": "id", "since": "due_at"}
_SAID = [name for name in Intent.__struct_fields__ if name not in ("seq", "at", "action", "value")]
_FACTS = (
    "code", "subject_type", "subject", "order_id", "so", "partner", "system", "cause", "customer", "value", "currency",
    "due_at", "rule", "rule_version",
)  # fmt: skip
#: What a list says of them beside the columns of a board.
_MORE: dict[str, Any] = {
    "rule": pl.String, "rule_version": pl.String, "started_at": INSTANT, "detected_at": INSTANT, "evidence": pl.List(pl.String),
}  # fmt: skip
_LATE = datetime(9999, 1, 1)
_EQUALS = ("code", "severity", "partner", "system", "customer", "condition")
_SEARCHED = ("so", "subject", "customer", "title", "partner")
_SORTS = {
    "severity": pl.col("severity_rank"), "due_at": pl.col("due_at").fill_null(_LATE), "opened_at": pl.col("opened_at"),
    "since": pl.col("started_at").fill_null(_LATE), "code": pl.col("code"), "status": pl.col("status"),
    "partner": pl.col("partner").fill_null(""), "owner": pl.col("owner").fill_null(""), "order": pl.col("so").fill_null(""),
    "value": pl.col("value").cast(pl.Decimal(38, 6)).fill_null(0), "id": pl.col("case_id"),
}  # fmt: skip


def board_of(alarms: pl.DataFrame, house: House) -> pl.DataFrame:
    """Standing alarms -> open cases, one per code and subject, with the columns of `Board.frame` and of `_MORE`."""
    rows: dict[str, Row] = {}
    for alarm in alarms.sort("due_at", "occurrence").iter_rows(named=True):
        row = _row(alarm, house)
        rows[row["id"]] = row
    told = _folded(list(rows.values()))
    more = pl.DataFrame([[row[name] for name in _MORE] for row in told], schema=_MORE, orient="row")
    return pl.concat([framed(map(_columns, told)), more], how="horizontal")


def listed(
    board: pl.DataFrame, filters: Mapping[str, str], sort: str, offset: int, limit: int
) -> tuple[list[Json], int]:
    """A page of the exceptions of such a board as the contract writes them, and how many match."""
    found = board.filter(*_matching(filters))
    sorts = sorting(sort)
    page = found.sort([_SORTS[name] for name, _ in sorts], descending=[falling for _, falling in sorts])
    return [_json(row) for row in page.slice(offset, limit).iter_rows(named=True)], found.height


def unhandled(said: str) -> None:
    """Raise Conflict for a filter that asks what people did: of another time that is not told."""
    if "new" not in statuses(said):
        raise Conflict(
            "Of another time exceptions are told as they were raised, not what people did.", "Leave out `status`."
        )


def _matching(filters: Mapping[str, str]) -> list[pl.Expr]:
    unhandled(filters.get("status", "open"))
    made = [pl.col(name).is_in(several(filters[name])) for name in _EQUALS if filters.get(name)]
    if owner := filters.get("owner"):
        made.append(pl.col("owner").is_in(several(owner)) | pl.col("team").is_in(several(owner)))
    if order := filters.get("order"):
        made.append((pl.col("order_id") == order) | (pl.col("so") == order))
    if text := filters.get("q", "").lower():
        words = pl.col(*_SEARCHED).str.to_lowercase().str.contains(text, literal=True).fill_null(value=False)
        made.append(pl.any_horizontal(words))
    return [*made, pl.lit(value=True) if filters.get("folded") == "true" else pl.col("folded_under").is_null()]


def _json(row: Row) -> Json:
    return case_json(_BLANK | row | {"id": row["case_id"], "reopened": 0})


def _row(alarm: Row, house: House) -> Row:
    value = f"{alarm['value']:.2f}" if alarm["value"] is not None else None
    said = {name: alarm[name] for name in _SAID if name in alarm}
    told = Intent(seq=0, at=alarm["due_at"], action="raise", value=value, **said)
    team, owner = routed(told, house.routes, house.partners or {})
    scope = clock.written(clock.frozen()) or "live"
    return _BLANK | {name: getattr(told, name) for name in _FACTS} | {
        "started_at": told.started_at, "detected_at": told.at, "evidence": list(told.evidence or ()),
        "id": "exc_" + digest(scope, told.code, told.subject_type, told.subject, 1), "title": title(told.code, told.cause),
        "severity": told.severity or "medium", "status": "new", "owner": owner or None, "team": team or None,
        "opened_at": told.at, "version": 1, "condition": "active", "confidence": told.confidence or "confirmed",
    }  # fmt: skip


def _folded(rows: list[Row]) -> list[Row]:
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["order_id"]:
            orders[row["order_id"]].append(row)
    above = sheltered(rows, [row for row in rows if row["code"] in systems()])
    under: dict[str, str | None] = dict(above)
    for some in orders.values():
        under |= folds(some, {row["id"]: above[row["id"]] for row in some if row["id"] in above})
    return [row | {"folded_under": under.get(row["id"])} for row in rows]


def _columns(row: Row) -> tuple[Any, ...]:
    return tuple(row[_NAMED.get(name, name)] for name in BOARD if name != "severity_rank")
