"""Tells which values of JSON records became nothing by their mapping."""

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.document import Unread
from collectors.mapped.rows import said
from collectors.mapped.unread import columns_left, rows_left
from collectors.ndjson.config import load
from collectors.ndjson.translate import read


def unread(message: Message, source: Source) -> list[str]:
    """A line for each name that nothing reads, and one for records that give no event."""
    try:
        declared = load(source)
        found = read(message.body, declared)
    except (Unread, WrongUse):
        return []
    table = found.table(declared)
    names = {name: value for flat in reversed(found.flats) for name, value in flat.items()}
    translation = said(table, found.refused, declared, message, source)
    return columns_left(names, declared) + rows_left(table, translation, declared)
