"""From a block of a CSV file and its mapping to events: columns and sets, no loop over rows.

Each event of the mapping is made for all rows together. A row whose value cannot be read gives a refusal for that
event only; the other events of the row, and the other rows, stand.
"""

from collections.abc import Iterator
from pathlib import Path

from app.errors import WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors import mapping, reading
from collectors.csv import blocks
from collectors.csv.table import Unfit, table
from collectors.mapped.language import load
from collectors.mapped.rows import said


def translate(message: Message, source: Source) -> Translation:
    """What a block of a file says, by the mapping of its source."""
    try:
        declared = load(source)
        rows, refused = table(message.body, declared)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unfit as fault:
        return Translation(rejections=(fault.refusal,))
    return said(rows, refused, declared, message, source)


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of any size as blocks of rows, each with the header. Raises WrongUse without a good mapping."""
    return blocks.split(path, load(source).delimiter)


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    return tuple(sorted({entry.type for entry in load(source).events}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
