"""The exceptions of another time as a board: what the engine had to say then, titled, routed and folded as cases are.

What people did about them is in their history; here each stands as it was raised.
"""

from collections import defaultdict
from typing import Any

import polars as pl

from app import clock
from app.cases.apply import House
from app.cases.board import BOARD, framed
from app.cases.folding import folds
from app.cases.intents import Intent, digest
from app.cases.life_cycle import Row
from app.cases.routing import routed
from app.cases.sheltering import sheltered, systems
from app.cases.tables import case
from app.cases.titles import title

_BLANK: dict[str, Any] = {column.name: None for column in case.columns}
#: Columns of the board that a case calls otherwise.
_NAMED = {"case_id": "id", "since": "due_at"}
_SAID = [name for name in Intent.__struct_fields__ if name not in ("seq", "at", "action", "value")]
_FACTS = (
    "code", "subject_type", "subject", "order_id", "so", "partner", "system", "cause", "customer", "value", "currency",
    "due_at",
)  # fmt: skip


def board_of(alarms: pl.DataFrame, house: House) -> pl.DataFrame:
    """Standing alarms -> open cases, one per code and subject, with the columns of `Board.frame`."""
    rows: dict[str, Row] = {}
    for alarm in alarms.sort("due_at", "occurrence").iter_rows(named=True):
        row = _row(alarm, house)
        rows[row["id"]] = row
    return framed(_columns(row) for row in _folded(list(rows.values())))


def _row(alarm: Row, house: House) -> Row:
    value = f"{alarm['value']:.2f}" if alarm["value"] is not None else None
    said = {name: alarm[name] for name in _SAID if name in alarm}
    told = Intent(seq=0, at=alarm["due_at"], action="raise", value=value, **said)
    team, owner = routed(told, house.routes, house.partners or {})
    scope = clock.written(clock.frozen()) or "live"
    return _BLANK | {name: getattr(told, name) for name in _FACTS} | {
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
