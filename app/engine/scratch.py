"""The engine over a scratch store: its clock stands at the time asked about, its record is what was known by then."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import polars as pl

from app import clock
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.store.database import Database
from app.store.past import Row, Times
from app.store.reader import Reader
from app.store.work import Work
from app.terms import Costs


@dataclass(frozen=True, slots=True)
class Means:
    """What a past is made of: the record, a judge for each, who cannot be rated, and how alarms become open cases."""

    database: Database
    judge: Callable[[], Judge]
    unrated: Callable[[tuple[str, ...]], frozenset[str]]
    board: Callable[[pl.DataFrame], pl.DataFrame]
    definitions: Sequence[Row] = ()
    costs: Costs | None = None


class Past:
    """A scratch store with an engine whose clock stands at the time asked about."""

    def __init__(self, means: Means, times: Times, path: Path | None = None) -> None:
        self.times = times
        self._means = means
        self._database = Database.scratch(path)
        self.work = Work(self._database)
        self.ticker = Ticker(self.work, means.judge(), now=lambda: times.now)
        self.board = means.board(self.work.ask("from alarm limit 0"))
        self.reader = Reader(
            self._database, lambda: self.board, means.definitions, lambda: self.ticker.unrated, costs=means.costs
        )

    def settle(self) -> None:
        """Take what was copied and see what had gone wrong by then."""
        self.ticker.run()
        self.look()

    def look(self) -> None:
        """Read the exceptions that stand."""
        self.board = self._means.board(self.work.ask("select * from alarm where condition = 'active'"))

    def discard(self) -> None:
        """Throw it away."""
        self.reader.close()
        self.work.close()
        self._database.discard()


class Heard:
    """What is known of all messages, kept up to date: when each source was first heard, and what bears on everyone."""

    def __init__(self) -> None:
        self._first: dict[str, datetime] = {}
        self._everywhere: list[int] = []
        self._upto = 0
        self._lock = threading.Lock()

    def by(self, record: Work, known: datetime) -> tuple[str, ...]:
        """The sources that had been heard by then: a source counts for the past once it had spoken."""
        with self._lock:
            self._listen(record)
            return tuple(sorted(source for source, at in self._first.items() if at <= known))

    def everywhere(self, record: Work) -> list[int]:
        """The events that bear on orders which they do not name."""
        with self._lock:
            self._listen(record)
            return list(self._everywhere)

    def _listen(self, record: Work) -> None:
        upto = record.number("select max(seq) from event")
        if upto == self._upto:
            return
        news = {"after": self._upto, "upto": upto}
        for source, at in record.ask("past/heard", frozen=clock.frozen() is not None, **news).iter_rows():
            self._first[source] = min(at, self._first.get(source, at))
        self._everywhere += record.ask("past/everywhere", **news)["seq"].to_list()
        self._upto = upto
