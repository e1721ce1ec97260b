"""Tells which attributes, objects and events of a log became nothing by its mapping."""

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.document import Unread
from collectors.mapped.rows import said
from collectors.mapped.unread import columns_left, rows_left
from collectors.ocel.config import QUALIFIED, load
from collectors.ocel.translate import read


def unread(message: Message, source: Source) -> list[str]:
    """A line for each column that nothing reads, and one for events to which nothing applies."""
    try:
        declared = load(source)
        found = read(message.body, declared)
    except (Unread, WrongUse):
        return []
    # The objects of a qualifier are those of the types once more.
    names = {n: v for record in reversed(found.flats) for n, v in record.items() if not n.startswith(QUALIFIED)}
    translation = said(found.table, found.refused, declared, message, source)
    return columns_left(names, declared) + rows_left(found.table, translation, declared)
