"""Files into the store: through the same collectors and the same sink as everything that comes over the network."""

import logging
import os
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path

from app import clock
from app.contracts import Collector, Receipt, Refused, Sink
from app.errors import Busy, OrderscopeError, WrongUse
from app.main.house import collector_named
from app.model.event import Message, Translation
from app.model.keys import PEOPLE, PRODUCT
from app.settings import Settings, Source
from app.unpack import opened
from collectors.guarded import translated

log = logging.getLogger(__name__)
_SNIFFED = 65_536
_IN_FLIGHT = 8
#: Wires that read tables, and how people call their files.
_TABLES = {"csv": "a CSV file", "xlsx": "a workbook"}
#: What tells the wire of a file whose source is not declared.
_MARKS = (
    ("x12", re.compile(rb"\A(?:\xef\xbb\xbf)?\s*ISA[^A-Za-z0-9\s]")),
    ("edifact", re.compile(rb"\A(?:\xef\xbb\xbf)?\s*UN(?:A[^A-Za-z0-9]{6}\s*UNB|B)[^A-Za-z0-9\s]")),
    ("otlp", re.compile(rb'"resource(Spans|Logs|Metrics)"')),
    ("idoc", re.compile(rb"<EDI_DC40|<EDI_DC>")),
    ("epcis", re.compile(rb'"epcisBody"|EPCIS(Query)?Document')),
)


@dataclass(slots=True)
class Loaded:
    """What became of files: counts, and the first of what was rejected."""

    accepted: int = 0
    duplicates: int = 0
    rejected: int = 0
    examples: tuple[Refused, ...] = ()

    def add(self, receipt: Receipt) -> None:
        """Count one more message."""
        self.accepted += receipt.accepted
        self.duplicates += receipt.duplicates
        self.rejected += len(receipt.rejected)
        self.examples = (*self.examples, *receipt.rejected)[:20]

    def plus(self, other: "Loaded") -> None:
        """Count what became of another file."""
        self.accepted += other.accepted
        self.duplicates += other.duplicates
        self.rejected += other.rejected
        self.examples = (*self.examples, *other.examples)[:20]


def wire_of(settings: Settings, code: str, file: Path) -> tuple[Collector, Source]:
    """The collector that reads a file of a source: the declared one, else by what stands in the file."""
    if code in (PEOPLE, PRODUCT):
        raise WrongUse(f"--source {code}: nobody sends in the name of {code}", "Name the system that sends.")
    if not os.access(file, os.R_OK):
        raise WrongUse(f"{file}: may not be read", "Let the user that Orderscope runs as read it, then send it again.")
    declared = settings.sources.get(code)
    name = declared.collector if declared else _sniffed(file)
    collector = collector_named(name)
    if collector is None:
        raise WrongUse(f"sources.{code}.collector: there is no collector {name!r}", "Name one that exists.")
    source = declared or Source(collector=name)
    if name in _TABLES and not source.mapping:
        raise WrongUse(
            f"{file}: {_TABLES[name]} needs a mapping",
            f"Declare sources.{code} with `collector: {name}` and its `mapping`.",
        )
    return collector, source


def load(
    sink: Sink, settings: Settings, code: str, file: Path, historical: bool = False,
    progress: Callable[[Loaded], None] = lambda loaded: None,
) -> Loaded:  # fmt: skip
    """Load one file. `historical` lets arrival be what a message says, else the business time."""
    collector, source = wire_of(settings, code, file)
    loaded, waiting = Loaded(), list[Future[Receipt]]()
    for body in bodies(collector, source, file, loaded):
        message = Message(
            code, collector.name, collector.media, body, clock.instant(clock.wall()), collector.version(source)
        )
        said = translated(collector, message, source)
        waiting.append(put_patiently(sink, message, said.dated() if historical else said.arrived_now()))
        if len(waiting) >= _IN_FLIGHT:
            loaded.add(waiting.pop(0).result())
            progress(loaded)
    for answer in waiting:
        loaded.add(answer.result())
        progress(loaded)
    return loaded


def bodies(collector: Collector, source: Source, file: Path, loaded: Loaded) -> Iterator[bytes]:
    """The messages of a file; where it cannot be read on, that is one more refusal and no reason to stop."""
    try:
        yield from collector.split(file, source)
    except (WrongUse, OSError):  # of a disk that fails nothing is known of the file
        raise
    except OrderscopeError as fault:
        loaded.add(_unread(file, fault.detail))
    except Exception as fault:  # whatever a file does to its wire
        log.exception("%s could not be read on", file)
        loaded.add(_unread(file, f"It could not be read on: {fault!r}"[:500]))


def _unread(file: Path, why: str) -> Receipt:
    return Receipt(0, 0, (Refused(-1, file.name, why, ""),))


def files_under(paths: list[Path]) -> Iterator[Path]:
    """The files named, and those in folders named, in order. Raises WrongUse for what is not there."""
    for path in paths:
        if path.is_dir():
            yield from sorted(p for p in path.rglob("*") if p.is_file())
        elif path.is_file():
            yield path
        else:
            raise WrongUse(f"{path}: there is no such file or folder", "Check the path.")


def put_patiently(sink: Sink, message: Message, said: Translation) -> "Future[Receipt]":
    """Put, waiting while the queue is full: a file is in no hurry."""
    while True:
        try:
            return sink.put(message, said)
        except Busy as busy:
            time.sleep(busy.retry_after)


def _sniffed(file: Path) -> str:
    """The wire of a file that nobody declared: by its ending, else by words that only one wire has."""
    if ".csv" in file.suffixes or ".tsv" in file.suffixes:
        return "csv"
    if file.suffix in (".xlsx", ".xlsm"):
        return "xlsx"
    head = b""
    for piece in opened(file):
        head += piece
        if len(head) > _SNIFFED:
            break
    return next((name for name, mark in _MARKS if mark.search(head)), "cloudevents")
