"""The cases that one transaction touches, as rows in memory, and the moves that it makes.

Whatever changes a case goes through here, so each change has exactly one Move, in the same transaction.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Connection, bindparam, select, update

from app.cases.life_cycle import DECIDED, OPEN, Changes, Row
from app.cases.store import insert_many, numbers
from app.cases.tables import case, move
from app.errors import Stale

#: Columns that never change once a case stands.
FIXED = ("id", "scope", "key", "number", "code", "subject_type", "subject", "opened_at", "previous")
_MUTABLE = tuple(c.name for c in case.columns if c.name not in FIXED)
_AT_ONCE = 2000


class Hand(msgspec.Struct, frozen=True, gc=False):
    """Who makes a change, how, and when: what every Move says about its author."""

    actor: str
    via: str
    at: datetime
    action: str
    reason: str = ""
    request_id: str = ""
    seen: int | None = None
    said: dict[str, str] | None = None


class Ledger:
    """Rows read, changed and added within one writing connection; `flush` stores them in bulk."""

    def __init__(self, connection: Connection, scope: str) -> None:
        self.connection, self.scope = connection, scope
        self.rows: dict[str, Row] = {}
        self._moves: list[Row] = []
        self._added: dict[str, Row] = {}
        self._versions: dict[str, int] = {}

    def read(self, where: ColumnElement[bool]) -> list[Row]:
        """The cases of this scope that match, as they stand in this transaction."""
        return self._read(case.c.scope == self.scope, where)

    def read_each(self, column: Any, values: Iterable[str], *also: ColumnElement[bool]) -> None:
        """Read the cases whose column has one of many values; found by that column alone, SQLite would go through the scope."""
        for some in pieces(values, _AT_ONCE):
            self._read(column.in_(some), *also)

    def _read(self, *where: ColumnElement[bool]) -> list[Row]:
        found = self.connection.execute(select(case).where(*where)).mappings()
        return [self.rows.setdefault(row["id"], dict(row)) for row in found if row["scope"] == self.scope]

    def add(self, row: Row, hand: Hand) -> None:
        """A case that did not exist, with the Move that made it."""
        row["version"] = 1
        self.rows[row["id"]] = self._added[row["id"]] = row
        self._record(row, hand, None, {})

    def change(self, row: Row, changes: Changes, hand: Hand, *, always: bool = False) -> bool:
        """Change a case and record it; nothing is recorded when nothing differs, unless `always`."""
        news = {name: [row[name], to] for name, to in changes.items() if row[name] != to}
        if not news and not always:
            return False
        if row["id"] not in self._added:
            self._versions.setdefault(row["id"], row["version"])
        before = row["status"]
        row.update({name: to for name, (_, to) in news.items()})
        row["version"] += any(name in DECIDED for name in news)
        self._record(row, hand, before, news)
        return True

    def flush(self) -> int:
        """Store everything; returns the number of moves. Raises Stale if a row is no longer as it was read."""
        if not self._moves:
            return 0
        count = len(self._moves)
        for sequence, made in zip(numbers(self.connection, count), self._moves, strict=True):
            made["sequence"] = self.rows[made["case_id"]]["touched"] = sequence
        self._insert()
        self._update()
        self._moves = []
        return count

    def _insert(self) -> None:
        insert_many(self.connection, case, list(self._added.values()))
        insert_many(self.connection, move, self._moves)
        self._added = {}

    def _update(self) -> None:
        """Compare and set: the version that was read must still stand."""
        if not self._versions:
            return
        statement = (
            update(case)
            .where(case.c.id == bindparam("_id"), case.c.version == bindparam("_version"))
            .values({name: bindparam(name) for name in _MUTABLE})
        )
        rows = [
            {"_id": key, "_version": version} | {name: self.rows[key][name] for name in _MUTABLE}
            for key, version in self._versions.items()
        ]
        done = self.connection.execute(statement, rows)
        if done.rowcount not in (len(rows), -1):
            raise Stale("A case changed meanwhile; nothing was done.", "Read it again.")
        self._versions = {}

    def _record(self, row: Row, hand: Hand, before: str | None, news: dict[str, list[Any]]) -> None:
        self._moves.append(
            {
                "case_id": row["id"],
                "at": hand.at,
                "actor": hand.actor,
                "via": hand.via,
                "action": hand.action,
                "from_status": before,
                "to_status": row["status"],
                "reason": hand.reason,
                "request_id": hand.request_id[:64],
                "seen": hand.seen,
                "version": row["version"],
                "said": hand.said or {},
                "changes": {name: [_plain(v) for v in pair] for name, pair in news.items()},
            }
        )


def by_order(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """The open cases among `rows`, under their order."""
    orders: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        if row["order_id"] and row["status"] in OPEN:
            orders[row["order_id"]].append(row)
    return orders


def pieces(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    """`values` in lists of at most `size`."""
    rest = iter(values)
    while some := list(islice(rest, size)):
        yield some


def _plain(value: Any) -> Any:
    return value.isoformat() + "Z" if isinstance(value, datetime) else value
