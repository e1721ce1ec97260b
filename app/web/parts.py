"""What the server is made of: handed over by the composition root, nothing is found or created behind its back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import anyio

from app.cases import Board, Cases
from app.cases.answered import Answered
from app.contracts import Collector, Rereading, Sink
from app.settings import Settings
from app.store.reader import Reader
from app.web.ruling import Ruling

Row = dict[str, Any]


class Store(Sink, Rereading, Protocol):
    """Takes messages, and takes them again."""


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parts:
    """The running parts. `readiness()` gives what /readyz says: ready, lag_events, lag_seconds, reasons, waiting."""

    settings: Settings
    reader: Reader
    cases: Cases
    board: Board
    sink: Store
    collectors: Sequence[Collector]
    readiness: Callable[[], Row]
    ruling: Ruling | None = None
    answered: Answered | None = None


async def asked(question: Callable[[], T]) -> T:
    """The answer to a blocking question, from a worker thread."""
    return await anyio.to_thread.run_sync(question)
