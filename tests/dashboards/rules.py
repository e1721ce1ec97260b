"""Sample rules: the real book of rules over the catalogue, with figures and trials from lists in memory."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.cases import Board, Store
from app.errors import NotFound
from app.main.rulebook import Rulebook
from app.settings import Settings, Sla
from app.web.ruling import Ruling

Row = dict[str, Any]


class Figures:
    """What the record says of rules."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def dues_by_rule(self) -> dict[str, Row]:
        """Clocks of one rule."""
        return {"S06": {"met": 1204, "breached": 31, "running": 17, "void": 2}}

    def unknown_by_rule(self) -> dict[str, int]:
        """The condition of one rule fails on two findings."""
        return {"Q01": 2}

    def rule_versions(self, rule: str) -> list[Row]:
        """Two versions of one rule."""
        told = [("2.beefcafe", self._now), ("1.5d10df51", None)] if rule == "S06" else []
        return [{"rule_version": version, "valid_from": at, "loaded_at": self._now} for version, at in told]


@dataclass
class Trials:
    """One trial, half done when it is looked at for the first time, done at the second."""

    now: datetime
    asked: list[Row] = field(default_factory=list)
    looked: int = 0

    def begin(self, run: Callable[..., Row], about: Row) -> Row:
        """Remember it."""
        self.asked.append(about)
        self.looked = 0
        return {"id": "t1", "state": "waiting", "done": 0, "of": 0, "fault": ""} | about

    def look(self, id: str) -> Row:
        """How far it is."""
        if id != "t1":
            raise NotFound("There is no such trial.", "Begin one.")
        self.looked += 1
        about = {"id": id, "done": 120, "of": 240, "fault": "", "state": "running" if self.looked == 1 else "done"}
        return about | ({"answer": answer(self.now)} if self.looked > 1 else {})

    def stop(self, id: str) -> Row:
        """It ends."""
        return self.look(id) | {"state": "stopped"}


def answer(now: datetime) -> Row:
    """What a trial says: two more and one fewer."""
    examples = [
        {"change": change, "code": "ack_overdue", "subject_type": "fo", "subject": f"fo:3pl.west:45000{n}-1", "occurrence": "1",
         "order_id": f"ord_{n}", "so": f"SO-45000{n}", "customer": "<b>Bold & Sons</b>", "partner": "3pl.west", "severity": "high",
         "owner": "partner", "started_at": now, "due_at": now, "met_at": None}
        for n, change in ((37, "more"), (41, "more"), (52, "less"))
    ]  # fmt: skip
    states = {"met": 500, "breached": 12, "running": 3, "void": 1}
    return {
        "rule": "S06", "rule_version": "2.abc", "code": "ack_overdue", "kind": "deadline", "as_of": now, "from": None, "to": None,
        "would": {"raised": 12, **states}, "stands": {"raised": 11, **states}, "more": 2, "less": 1, "same": 10, "rated": True,
        "partners": [{"partner": "3pl.west", "would": 12, "stands": 11, "more": 2, "less": 1}], "examples": examples,
    }  # fmt: skip


def ruled(folder: Path, store: Store, board: Board, now: datetime) -> Ruling:
    """Rules over the catalogue, one of them changed by the settings, one in a file with a fault."""
    mine = folder / "rules"
    mine.mkdir(exist_ok=True)
    (mine / "odd.yaml").write_text("rules:\n- {id: Z09, kind: magic}\n", encoding="utf-8")
    settings = Settings(data=folder, slas={"S01": Sla(target="20m"), "S17": Sla(enabled=False)})
    book = Rulebook(settings, store)
    reader: Any = Figures(now)
    return Ruling(book, book.reload, reader, board, Trials(now), lambda rule, frm, to: lambda progress: {})
