"""The open cases as a frame in memory: what every list and every count on a page begins with.

Refreshed by reading only what changed since, which the one sequence of changes tells.
"""

import threading
from collections.abc import Callable, Iterable
from typing import Any

import polars as pl
from sqlalchemy import select

from app.cases.life_cycle import OPEN, SEVERITIES
from app.cases.store import Store
from app.cases.tables import case, counter
from app.model.event import INSTANT

#: column of the frame -> (column of the table, type)
_COLUMNS: dict[str, tuple[str, Any]] = {
    "case_id": ("id", pl.String),
    "code": ("code", pl.String),
    "subject_type": ("subject_type", pl.String),
    "subject": ("subject", pl.String),
    "order_id": ("order_id", pl.String),
    "so": ("so", pl.String),
    "partner": ("partner", pl.String),
    "system": ("system", pl.String),
    "cause": ("cause", pl.String),
    "severity": ("severity", pl.String),
    "status": ("status", pl.String),
    "owner": ("owner", pl.String),
    "team": ("team", pl.String),
    "folded_under": ("folded_under", pl.String),
    "opened_at": ("opened_at", INSTANT),
    "due_at": ("due_at", INSTANT),
    "since": ("due_at", INSTANT),
    "acknowledged_at": ("acknowledged_at", INSTANT),
    "acknowledged_by": ("acknowledged_by", pl.String),
    "version": ("version", pl.Int64),
    "title": ("title", pl.String),
    "value": ("value", pl.String),
    "currency": ("currency", pl.String),
    "customer": ("customer", pl.String),
    "condition": ("condition", pl.String),
    "confidence": ("confidence", pl.String),
}
_READ = select(*(case.c[name].label(column) for column, (name, _) in _COLUMNS.items()))
_STORED = {column: kind for column, (_, kind) in _COLUMNS.items()}
#: The columns of the frame and their types; `severity_rank` is 0 for critical.
BOARD: dict[str, Any] = _STORED | {"severity_rank": pl.Int32}
_RANKS = {name: rank for rank, name in enumerate(SEVERITIES)}


class Board:
    """Open cases of the present scope. `on_change` hears the new version after every change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._scope = ""
        self._upto = -1
        self._frame = pl.DataFrame(schema=BOARD)
        self._listeners: list[Callable[[int], None]] = []
        self.version = 0
        store.watch(self._changed)

    def on_change(self, listener: Callable[[int], None]) -> None:
        """Call `listener` with the version after each change, in the thread that made it: it must not block."""
        self._listeners.append(listener)

    def frame(self) -> pl.DataFrame:
        """The open cases as of now; in no particular order. Never changed in place: keep it as long as you like."""
        with self._lock:
            news = self._refresh()
            frame = self._frame
        if news > self.version:
            self._changed(news)
        return frame

    def _changed(self, version: int) -> None:
        self.version = max(self.version, version)
        for listener in list(self._listeners):
            listener(version)

    def _refresh(self) -> int:
        """Bring the frame up to the newest change; returns its number."""
        scope = self._store.scope
        with self._store.reading() as connection:
            newest: int = connection.execute(select(counter.c.value).where(counter.c.name == "sequence")).scalar_one()
            if scope != self._scope or newest < self._upto:
                self._frame, self._scope, self._upto = pl.DataFrame(schema=BOARD), scope, -1
            if newest == self._upto:
                return newest
            first = self._upto < 0
            news = _READ.where(case.c.scope == scope, case.c.touched > self._upto)
            rows = connection.execute(news.where(case.c.status.in_(OPEN)) if first else news).tuples().all()
        self._frame, self._upto = _merged(self._frame, rows), newest
        return newest


def framed(rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """Rows as they were read -> the board's columns."""
    frame = pl.DataFrame([tuple(row) for row in rows], schema=_STORED, orient="row", infer_schema_length=None)
    rank = pl.col("severity").replace_strict(_RANKS, default=len(SEVERITIES), return_dtype=pl.Int32)
    return frame.with_columns(severity_rank=rank)


def _merged(frame: pl.DataFrame, rows: Iterable[tuple[Any, ...]]) -> pl.DataFrame:
    """The frame with the changed rows in place of what they were, without those no longer open."""
    news = framed(rows)
    kept = frame.filter(~pl.col("case_id").is_in(news["case_id"].implode()))
    return pl.concat([kept, news.filter(pl.col("status").is_in(OPEN))])
