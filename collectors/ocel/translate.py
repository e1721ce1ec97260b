"""From an object-centric log and its mapping to events: each event becomes a row, read as a CSV file is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from collectors import files, mapping, reading
from collectors.document import Unread
from collectors.mapped import records
from collectors.mapped.language import Mapping
from collectors.mapped.rows import said
from collectors.ocel.config import load
from collectors.ocel.database import of_sqlite
from collectors.ocel.documents import of_json, of_xml
from collectors.ocel.log import Flat, Log, flat

_SQLITE = b"SQLite format 3\0"


@dataclass(frozen=True, slots=True)
class Found:
    """The events of a log as the table of its mapping, those that are refused, and all as records."""

    table: pl.DataFrame
    refused: list[Rejection]
    flats: list[Flat]


def translate(message: Message, source: Source) -> Translation:
    """What a log says, by the mapping of its source."""
    try:
        declared = load(source)
        found = read(message.body, declared)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))
    return said(found.table, found.refused, declared, message, source)


def log_of(body: bytes) -> Log:
    """The log of a file of any of its forms. Raises Unread."""
    if body.startswith(_SQLITE):
        return of_sqlite(body)
    start = body.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0")[:1]
    return of_xml(body) if start == b"<" else of_json(body)


def read(body: bytes, declared: Mapping) -> Found:
    """The events of a log. Raises Unread."""
    log = log_of(body)
    separators = records.separators(declared)
    flats: list[Flat] = []
    numbers: list[int] = []
    refused: list[Rejection] = []
    for number, event in enumerate(log.events, 1):
        try:
            flats.append(flat(event, log, separators))
            numbers.append(number)
        except Unread as why:
            item = number * len(declared.events)
            refused.append(Rejection(item, why.reason, f"event {number}: {why.detail}", event.id[: reading.KEY_LIMIT]))
    table = records.finished(records.columns(flats, declared), numbers, 0, declared)
    return Found(table, refused, flats)


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A log is one message: its events need its objects. Raises WrongUse without a good mapping."""
    load(source)
    yield files.whole(path)


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    return tuple(sorted({entry.type for entry in load(source).events}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
