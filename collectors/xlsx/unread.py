"""Tells which columns and rows of a sheet became nothing by its mapping."""

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.document import Unread
from collectors.mapped.rows import said
from collectors.mapped.unread import columns_left, rows_left
from collectors.xlsx.config import load
from collectors.xlsx.translate import read


def unread(message: Message, source: Source) -> list[str]:
    """A line for each column that nothing reads, and one for rows that give no event."""
    try:
        declared = load(source)
        found = read(message.body, declared)
    except (Unread, WrongUse):
        return []
    translation = said(found.table, found.refused, declared, message, source)
    return columns_left(found.examples, declared) + rows_left(found.table, translation, declared)
