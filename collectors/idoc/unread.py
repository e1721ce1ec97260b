"""Tells what an IDoc carried that became nothing, by the table that it is read by."""

from collections.abc import Iterator
from itertools import islice

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.document import MAX_LINES, Unread
from collectors.idoc.config import Table, load, parts
from collectors.idoc.segments import STATUS, Idoc, idocs
from collectors.idoc.terms import fits
from collectors.markup import Element

#: Fields by which segments of one name are told apart, as their qualifiers are called.
_QUALIFIERS = ("QUALF", "IDDAT", "PARVW", "SUMID", "PARTNER_Q", "ACTION", "BSART")


def unread(message: Message, source: Source) -> list[str]:
    """A line for each telling field that nothing reads; none for what cannot be read at all."""
    try:
        table = load(source)
        found = idocs(message.body, table.direction, table.mirrored)
    except (Unread, WrongUse):
        return []
    lines = (f"IDoc {number}: {line}" for number, idoc in enumerate(found, 1) for line in _of(idoc, table))
    return list(islice(lines, MAX_LINES))


def _of(idoc: Idoc, table: Table) -> Iterator[str]:
    try:
        control = idoc.control
    except Unread as fault:
        yield fault.detail
        return
    events = fits(idoc, table)
    if not events and idoc.message != "STATUS":
        yield f"{idoc.message or 'a message without a type'}: no event of the trade"
        return
    places = {place for event in events for place in table.reads[event.reads].places()}
    for segment in (one for many in idoc.segments.named.values() for one in many):
        if segment is not control and segment.name not in STATUS:
            yield from _left(segment, places, table.telling)


def _left(segment: Element, places: set[str], telling: tuple[str, ...]) -> Iterator[str]:
    """The telling fields of a segment that no place reads."""
    qualifier = next((value for name in _QUALIFIERS if (value := segment.said(name))), "")
    for field in segment.children:
        if (
            field.name in telling
            and field.text.strip("0")
            and not any(_reads(place, segment, field.name) for place in places)
        ):
            where = f"{segment.name} {qualifier}".strip()
            yield f"{where[:60]} {field.name} {field.text[:120]}: nothing reads it"


def _reads(place: str, segment: Element, field: str) -> bool:
    name, condition, wanted, read = parts(place)
    return name == segment.name and read == field and (not condition or segment.said(condition) in wanted)
