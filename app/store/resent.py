"""What was cut off and comes again: once all of a message has come whole, nothing stands against its source any more.

Collectors name what has to come again, and what has come whole; here names are only compared, within one source. A message
of which something cannot be named stays what it is until it is read again and is sound. What is waited for is held in
memory, so that a batch costs nothing while nothing was cut off.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import duckdb
import polars as pl

from app.model.event import INSTANT
from app.store.agreed import CUT
from app.store.database import registered
from app.store.statements import statement
from app.store.waiting import Waiting

#: Source, name of a document, message, and when that arrived.
Row = tuple[str, str, int, datetime]


def cut_off(batch: Iterable[Waiting]) -> list[Row]:
    """What has to come again of these messages."""
    return [(w.source, name, w.raw_id, w.message.received_at) for w in batch if w.said.rejections for name in _named(w)]


def _named(waiting: Waiting) -> set[str]:
    """What a message lacks; nothing where it lacks something that cannot be named."""
    refused = [one.again for one in waiting.said.rejections if one.reason in CUT]
    names = {name for again in refused for name in again or ("",)}
    return set() if "" in names else names


class Resends:
    """What is waited for, for the writer of the store."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self._con = con
        self._awaited: set[tuple[str, str]] | None = None

    def whole(self, batch: Iterable[Waiting], cut: Iterable[Row]) -> list[Row]:
        """What these messages bring whole of what is waited for, themselves included."""
        if self._awaited is None:
            found = self._con.execute("select distinct source, document from cut_document where came_at is null")
            self._awaited = set(found.fetchall())
        awaited = self._awaited | {(source, name) for source, name, _, _ in cut} if cut else self._awaited
        if not awaited:
            return []
        told = [(w, name) for w in batch for name in w.said.whole if (w.source, name) in awaited]
        return [(w.source, name, w.raw_id, w.message.received_at) for w, name in told]

    def keep(self, cut: list[Row], whole: list[Row]) -> None:
        """Note both, and let go what stood against messages of which all has come; inside a transaction, after their faults."""
        if not cut and not whole:
            return
        self._awaited = None  # whether this is kept or not
        lacking, there = _frame(cut, "at_first"), _frame(whole, "received_at")
        with registered(self._con, "cut_now", lacking), registered(self._con, "whole_now", there):
            self._con.execute(statement("intake/cut_document"))
        self._con.execute(statement("intake/sent_again"), {"at": max(row[3] for row in (*cut, *whole))})
        self._con.execute(statement("intake/close_sent_again"))

    def read_again(self, waiting: Waiting) -> None:
        """The same for a message that is read again; what it does not lack any more is not waited for."""
        cut = cut_off([waiting])
        gone = "delete from cut_document where raw_id = $raw and not list_contains($lacking::varchar[], document)"
        self._con.execute(gone, {"raw": waiting.raw_id, "lacking": [name for _, name, _, _ in cut]})
        self._awaited = None
        self.keep(cut, self.whole([waiting], cut))
        self._awaited = None


def _frame(rows: list[Row], moment: str) -> pl.DataFrame:
    columns: dict[str, Any] = {"source": pl.String, "document": pl.String, "raw_id": pl.Int64, moment: INSTANT}
    return pl.DataFrame(rows, schema=columns, orient="row")
