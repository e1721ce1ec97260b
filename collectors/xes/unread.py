"""Tells which attributes and events of a log became nothing by its mapping."""

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.mapped.rows import said
from collectors.mapped.unread import columns_left, rows_left
from collectors.xes import traces
from collectors.xes.config import load
from collectors.xes.translate import table


def unread(message: Message, source: Source) -> list[str]:
    """A line for each attribute that nothing reads, and one for events to which nothing applies."""
    try:
        declared = load(source)
        found = traces.events(message.body)
    except (ValueError, WrongUse):
        return []
    rows = table(found, declared)
    names = {name: value for event in reversed(found) for name, value in event.items() if name != traces.PLACE}
    return columns_left(names, declared) + rows_left(rows, said(rows, [], declared, message, source), declared)
