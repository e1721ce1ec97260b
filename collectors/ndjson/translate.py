"""From a block of JSON records and its mapping to events: the records become a table, read as a CSV file is."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from app.unpack import opened
from collectors import files, mapping, reading
from collectors.document import Unread, loaded
from collectors.mapped import records
from collectors.mapped.marks import marked, unmarked
from collectors.mapped.rows import said
from collectors.ndjson.config import BLOCK_LINES, MAX_ROWS, Records, load
from collectors.ndjson.flat import Flat, rows

#: A record, or why it is none, and what was sent.
_Read = tuple[Any, Unread | None, bytes]


def translate(message: Message, source: Source) -> Translation:
    """What the records of a message say, by the mapping of its source."""
    try:
        declared = load(source)
        return _said(message, source, declared)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))


def _said(message: Message, source: Source, declared: Records) -> Translation:
    found = read(message.body, declared)
    return said(found.table(declared), found.refused, declared, message, source)


@dataclass(slots=True)
class Found:
    """The records of a message: flat, with their numbers, and those that are none; `before` stood before them in the file."""

    before: int
    flats: list[Flat] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    refused: list[Rejection] = field(default_factory=list)

    def table(self, declared: Records) -> pl.DataFrame:
        """One row per flat record, with the columns of the mapping."""
        return records.finished(records.columns(self.flats, declared), self.numbers, self.before, declared)


def read(body: bytes, declared: Records) -> Found:
    """The records of a message. Raises Unread for what has none, or too many."""
    text, begins = unmarked(body)
    found, count = Found(max(begins, 1) - 1), 0
    for value, fault, raw in _records(text):
        try:
            if fault:
                raise fault
            made = list(rows(value, declared))
        except Unread as why:
            count += 1
            _refuse(found, count, why, raw, declared)
            continue
        found.flats += made
        found.numbers += range(count + 1, count + 1 + len(made))
        count += len(made)
        if count > MAX_ROWS:
            raise Unread("too_many_items", f"The message has more than {MAX_ROWS:,} rows.")
    if not count:
        raise Unread("empty", "The message has no record.")
    return found


def _refuse(found: Found, number: int, why: Unread, raw: bytes, declared: Records) -> None:
    shown = f"row {number + found.before}: {why.detail}"
    found.refused.append(Rejection(number * len(declared.events), "bad_row", shown, "", reading.excerpt(raw)))


def _records(body: bytes) -> Iterator[_Read]:
    """Each record of a message: one per line, or those of an array."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"["):
        yield from ((value, None, b"") for value in loaded(text))
        return
    try:
        yield loaded(text), None, text
        return
    except Unread as fault:
        if b"\n" not in text or fault.reason in ("empty", "too_many_items"):
            raise
    for line in text.split(b"\n"):
        if line.strip():
            yield (*_line(line), line)


def _line(line: bytes) -> tuple[Any, Unread | None]:
    try:
        return loaded(line), None
    except Unread as fault:
        return None, fault


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of any size as blocks of records; a document that is not one per line, whole. Raises WrongUse."""
    load(source)
    if not files.is_lines(path):
        yield files.whole(path)
        return
    lines = (line for line in files.lines(opened(path)) if line.strip())
    for at, block in enumerate(files.blocks(lines, BLOCK_LINES)):
        yield (marked(at * BLOCK_LINES + 1) if at else b"") + block


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    return tuple(sorted({entry.type for entry in load(source).events}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
