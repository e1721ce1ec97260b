"""A small yard for the tests of purchase orders, stock and master data: a real store and the real step, at a set time."""

import json
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import polars as pl

from app.engine.rebuild import rebuild, verify
from app.engine.tick import Ticker
from app.model.event import Message
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from app.store.work import Work
from tests.engine.court import catalogue
from tests.laws.worlds import BASE, translation

NOW = BASE + timedelta(days=30)
Event = dict[str, Any]


def at(minutes: float) -> datetime:
    """So many minutes after everything began."""
    return BASE + timedelta(minutes=minutes)


def event(source: str, kind: str, minutes: float, keys: dict[str, str] | None = None, /, **said: Any) -> Event:
    """An event; `said` holds columns, and what is none goes to `attrs`. The id is what it says, unless given."""
    known = {
        "lines",
        "partner",
        "location",
        "customer",
        "tier",
        "entity",
        "promised_at",
        "reason",
        "revision",
        "amount",
    }
    columns = {name: value for name, value in said.items() if name in known}
    attrs = {name: value for name, value in said.items() if name not in known and name != "id"}
    told = {
        "source": source, "type": kind, "occurred_at": at(minutes), "keys": keys or {}, "tz_basis": "explicit",
        "flags": [], "attrs": json.dumps(attrs) if attrs else None, **columns,
    }  # fmt: skip
    return {"native_id": said.get("id") or json.dumps(told, default=str, sort_keys=True)} | told


def lines(*said: str) -> list[dict[str, str | None]]:
    """`"1 A 10"` is line 1, product A, 10 pieces; `"- A 10 CS"` has no line number and counts cases."""
    parts = [text.split() for text in said]
    return [
        {"line": None if line == "-" else line, "sku": None if sku == "-" else sku, "qty": qty, "uom": (*uom, "EA")[0], "price": None}
        for line, sku, qty, *uom in parts
    ]  # fmt: skip


class Yard:
    """Takes events and answers."""

    def __init__(self, now: datetime = NOW) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self.folded: list[str] = []
        self.now = now
        self.database = Database(Path(self._folder.name) / "record.duckdb", threads=1)
        self.work, self.intake = Work(self.database), Intake(self.database, {})
        self.reader = Reader(self.database)
        judge = catalogue()
        self.ticker = Ticker(self.work, judge, now=lambda: self.now)

    def take(self, *events: Event) -> Self:
        """Store events of one message and let the engine take them; `folded` are the orders of the first step."""
        self.intake.put(Message("x", "x", "x", b"", at(24 * 60)), translation(events)).result()
        self.ticker.tick()
        self.folded = self.work.ask("select so from orders semi join touched using (order_no) order by so")[
            "so"
        ].to_list()
        self.ticker.run()
        return self

    def rows(self, query: str) -> list[dict[str, Any]]:
        """The answer to a query."""
        return self.work.ask(query).to_dicts()

    def one(self, query: str) -> Any:
        """The only value that a query gives."""
        (row,) = self.work.ask(query).rows()
        return row[0] if len(row) == 1 else row

    def judged(self, *codes: str) -> list[tuple[str, str, datetime]]:
        """(code, subject, since) of the judgements that stand."""
        found = self.work.ask("select code, subject, since from judgement order by all").rows()
        return [row for row in found if not codes or row[0] in codes]

    def rebuilt(self) -> int:
        """Derive everything again; how many intents came of it."""
        return rebuild(self.work, self.ticker)

    def differences(self) -> pl.DataFrame:
        """What a rebuild would change, in any table."""
        return verify(self.work, self.ticker)

    def close(self) -> None:
        """Let the files go."""
        for part in (self.intake, self.reader, self.work, self.database):
            part.close()
        self._folder.cleanup()


def pictured(yard: Yard, queries: Iterable[str]) -> list[str]:
    """What the queries give, as text that can be compared."""
    return [str(yard.work.ask(query).rows()) for query in queries]
