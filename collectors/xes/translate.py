"""From a block of an event log and its mapping to events: the log becomes a table, the table is read as a CSV file is."""

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from app.errors import WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors import mapping, reading
from collectors.mapped import records
from collectors.mapped.rows import said
from collectors.xes import traces
from collectors.xes.config import Log, load


def translate(message: Message, source: Source) -> Translation:
    """What a block of a log says, by the mapping of its source."""
    try:
        declared = load(source)
        found = traces.events(message.body)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except ValueError as fault:
        return Translation(rejections=(reading.whole("malformed", f"This is no event log: {fault}.", message.body),))
    if not found:
        return Translation(rejections=(reading.whole("empty", "The log has no event.", message.body),))
    return said(table(found, declared), [], declared, message, source)


def table(events: list[traces.Attributes], declared: Log) -> pl.DataFrame:
    """One row per event: the columns of the mapping as text, null where the event has no such attribute."""
    rows = records.columns(events, declared)
    rows = rows.with_columns(
        pl.col(name).str.extract_groups(pattern).alias(f"#{name}") for name, pattern in declared.parts.items()
    )
    rows = rows.unnest([f"#{name}" for name in declared.parts]) if declared.parts else rows
    return records.finished(rows, range(1, len(rows) + 1), 0, declared)


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A log of any size as logs of a few hundred traces. Raises WrongUse without a good mapping."""
    load(source)
    return traces.split(path)


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    return tuple(sorted({entry.type for entry in load(source).events}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
