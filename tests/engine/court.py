"""A house with the rules of the catalogue and a clock that the test sets: told stories, it says what is judged."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl

from app import stories
from app.calendar import Calendars
from app.cases.board import BOARD
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.model.event import Message
from app.store.reader import Reader
from rules.book import findings, load, resolve
from rules.findings import Findings
from rules.kinds import KINDS
from tests.laws.worlds import House

Row = dict[str, Any]
CREATED = "2026-11-02 09:00 erp.main order.created so=4711 customer=C-1 partner=3pl.west promised=2026-11-09T17:00Z lines=1:A-1:10:EA:4.10,2:B-2:3:EA:9"
SENT = """
+5m  erp.main order.released so=4711 fo@3pl.west=F1 partner=3pl.west lines=1:A-1:10:EA,2:B-2:3:EA
+1m  mw.bus   fulfillment.requested fo@3pl.west=F1 partner=3pl.west
"""
TAKEN = SENT + "+10m 3pl.west fulfillment.acknowledged fo=F1\n"
GONE = TAKEN + """
+1h  3pl.west pick.confirmed fo=F1 lines=1:A-1:10:EA,2:B-2:3:EA
+1h  3pl.west shipment.dispatched fo=F1 sh=S1 lines=1:A-1:10:EA,2:B-2:3:EA carrier=ups
"""  # fmt: skip


class Court:
    """The engine at an instant of the test's choosing."""

    def __init__(self, house: House, judge: Judge) -> None:
        self.house, self.now, self._stories = house, datetime(2026, 11, 2, 9), 0
        house.ticker = Ticker(house.work, judge, now=lambda: self.now)
        house.ticker.unrated = frozenset({"S17"})  # no CRM is connected

    @classmethod
    def seated(cls, empty: Path, folder: Path, judge: Judge) -> "Court":
        """In a copy of an empty store."""
        shutil.copytree(empty, folder / "store")
        return cls(House.build(folder / "store" / "record.duckdb", judge), judge)

    def told(self, now: str, *lines: str) -> "Court":
        """What the systems said, looked at at `now`."""
        self.now, self._stories = stories.instant(now), self._stories + 1
        said = stories.parse("\n".join(lines), f"story{self._stories}")
        self.house.intake.put(Message("x", "x", "x", b"", self.now), said).result()
        self.house.ticker.run()
        return self

    def at(self, now: str) -> "Court":
        """Time has passed and nothing was said."""
        self.now = stories.instant(now)
        self.house.ticker.run()
        return self

    def judged(self, kind: str = "", code: str = "") -> list[Row]:
        """The judgements that hold by now."""
        rows = self.house.work.ask("select * from judgement order by since, kind, cause, subject").to_dicts()
        return [
            r for r in rows
            if r["since"] <= self.now and (r["until"] is None or r["until"] > self.now) and (not kind or r["kind"] == kind) and (not code or r["code"] == code)
        ]  # fmt: skip

    def codes(self, kind: str = "ledger") -> set[str]:
        """The codes that hold by now, of one kind."""
        return {r["code"] for r in self.judged(kind) if r["code"]}

    def causes(self, kind: str = "blocked") -> set[str]:
        """The causes that hold by now, of one kind."""
        return {r["cause"] for r in self.judged(kind)}

    def document(self, key: str = "so:4711", board: pl.DataFrame | None = None) -> Row:
        """The order as the API gives it."""
        return self.reader(board).order(key, now=self.now)

    def reader(self, board: pl.DataFrame | None = None) -> Reader:
        """Questions to this store, with these open cases."""
        return Reader(self.house.database, lambda: board if board is not None else pl.DataFrame(schema=BOARD))

    def said(self) -> list[tuple[str, str, str]]:
        """(action, code, subject) of each intent so far, in order."""
        return self.house.work.ask("select action, code, subject from case_intent order by seq").rows()

    def open(self) -> set[str]:
        """Codes that stand as said to people."""
        return set(self.house.work.ask("select code from alarm where condition = 'active'")["code"])


def catalogue() -> Judge:
    """The rules as they are shipped, every calendar around the clock."""
    rules, clocks = load(KINDS), Calendars({})
    return Judge(resolve(rules), KINDS, clocks, Findings(findings(rules), clocks))
