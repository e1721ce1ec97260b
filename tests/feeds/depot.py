"""A store with its intake and nothing else, into which a feed delivers; what is in it can be counted."""

import json
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from app.contracts import Receipt
from app.main.feeding import Feeding
from app.main.line import Line
from app.model.event import Message, Translation
from app.settings import Settings
from app.store.database import Database
from app.store.intake import Intake

MAPPING = """
about: rows of an order table
id: [id, changed]
keep: [note]
events:
  - {name: change, type: order.changed, time: changed, keys: {so: number}, fields: {amount: amount, revision: revision}}
"""


class Depot:
    """One installation's data directory with one source `erp`."""

    def __init__(self, folder: Path, collector: str, pull: dict[str, Any], **more: Any) -> None:
        (folder / "rows.yaml").write_text(MAPPING, encoding="utf-8")
        mapping = "rows.yaml" if collector == "csv" else ""
        source = {"collector": collector, "pull": pull, "mapping": mapping, "base": str(folder), **more}
        self.settings = Settings(data=folder / "data", sources={"erp": source})  # type: ignore[arg-type]
        self.settings.data.mkdir(exist_ok=True)
        self.database = Database.scratch()
        self.intake = Intake(self.database, {})

    def line(self, sink: Any = None) -> Line:
        """The source's line, as a server that starts now would make it."""
        [line] = Feeding(self.settings, sink or self.intake).lines
        return line

    def run(self) -> Line:
        """One whole run that must be good."""
        line = self.line()
        assert line.run(), line.keeper.standing.last_error
        return line

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The answer to a question."""
        with self.database.connection() as con:
            return con.execute(query).fetchall()

    def ids(self) -> list[str]:
        """The native ids of all events, each as often as it is stored."""
        return sorted(row[0] for row in self.rows("select native_id from event"))

    def letters(self) -> list[str]:
        """The reasons of all dead letters."""
        return [row[0] for row in self.rows("select reason from dead_letter order by all")]

    def close(self) -> None:
        """Let the store go."""
        self.intake.close()
        self.database.discard()


class Breaking:
    """A sink that stores all of it and then breaks off as a power cut would: nobody hears that it was stored."""

    def __init__(self, sink: Intake, after: int) -> None:
        self._sink, self.left = sink, after

    def put(self, message: Message, said: Translation) -> "Future[Receipt]":
        """Store; from the `after`th message on, fail once it is on disk."""
        answer = self._sink.put(message, said)
        self.left -= 1
        if self.left >= 0:
            return answer
        answer.result(20)
        lost: Future[Receipt] = Future()
        lost.set_exception(OSError("the power is gone"))
        return lost


def event(id: str, source: str = "erp", **more: Any) -> bytes:
    """A CloudEvent about one order."""
    said = {"specversion": "1.0", "id": id, "source": source, "type": "order.created", "time": "2026-11-24T09:00:00Z"}
    return json.dumps(said | {"data": {"keys": {"so": f"SO-{id}"}}} | more).encode()


def until(look: Callable[[], Any], patience: float = 20.0) -> None:
    """Wait until `look` finds something; fails after `patience` seconds."""
    end = time.monotonic() + patience
    while not look():
        assert time.monotonic() < end, f"nothing within {patience} s"
        time.sleep(0.02)
