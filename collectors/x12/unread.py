"""What a message carried that looks like a key, quantity, date or status and became nothing.

The readers run over segments that remember which of their elements were asked for; the table `TELLING` says which of
the others would have told something.
"""

from typing import Any, SupportsIndex, overload

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.reading import micros
from collectors.x12.codes import DATES, QUALIFIED
from collectors.x12.config import MAX_REFUSALS, load
from collectors.x12.document import Document, Unfit, at
from collectors.x12.segments import Fault, decoded
from collectors.x12.sets import READERS
from collectors.x12.tables import TELLING
from collectors.x12.translate import Read, documents, events

#: Lines of one message; whoever reads them has seen enough.
_MOST = 2_000


class _Watched(list[str]):
    """A segment that remembers which elements were read."""

    def __init__(self, elements: list[str]) -> None:
        super().__init__(elements)
        self.read: set[int] = set()

    @overload
    def __getitem__(self, place: SupportsIndex) -> str: ...
    @overload
    def __getitem__(self, place: slice) -> list[str]: ...
    def __getitem__(self, place: Any) -> Any:
        self.read |= set(range(*place.indices(len(self)))) if isinstance(place, slice) else {place}
        return super().__getitem__(place)


def unread(message: Message, source: Source) -> list[str]:
    """One line for each element that became nothing, as `945 0001: N9*ZZ reference 4711: no key type`."""
    try:
        mapping = load(source)
    except WrongUse as fault:
        return [f"mapping: {fault.detail}"]
    found: list[str] = []
    faults = 0
    for one in documents(decoded(message.body), mapping, message.source, source.zone or "UTC"):
        faults += isinstance(one, Fault)
        if len(found) >= _MOST or faults >= MAX_REFUSALS:
            break
        found += _of(one, micros(message.received_at)) if isinstance(one, Read) else []
    return found[:_MOST]


def _of(read: Read, received: int) -> list[str]:
    doc = read.document
    if doc.set_id not in READERS and doc.set_id != "TA1":
        return [f"{doc.set_id} {at(doc.segments[0], 2)}: this set is not read"]
    watched = [_Watched(segment) for segment in doc.segments]
    doc.segments = list(watched)
    try:
        events(read, received)
    except Unfit:
        return []
    name = f"{doc.set_id} {at(list(watched[0]), 2)}"
    return [f"{name}: {line}" for segment in watched for line in _lines(doc, segment)]


def _lines(doc: Document, segment: _Watched) -> list[str]:
    elements, tag = list(segment), segment[0]
    telling = TELLING.get(tag, {})
    return [
        f"{_named(elements, tag)} {word} {at(elements, place)[:60]}: {_why(doc, elements, tag)}"
        for place, word in telling.items()
        if at(elements, place) and (place not in segment.read or _idle(doc, elements, tag, place))
    ]


def _named(elements: list[str], tag: str) -> str:
    """The segment with its qualifier, where it has one."""
    place = QUALIFIED[tag][0][0] if tag in QUALIFIED else 1 if tag in ("DTM", "G62", "QTY", "AMT", "RMR") else 0
    return f"{tag}*{at(elements, place)}" if place else tag


def _idle(doc: Document, elements: list[str], tag: str, place: int) -> bool:
    """Whether an element was looked at only to find that it means nothing: a reference of no key type."""
    if tag not in QUALIFIED:
        return False
    qualifier = next(q for q, value in QUALIFIED[tag] if value == place)
    return not doc.side.references.get(at(elements, qualifier))


def _why(doc: Document, elements: list[str], tag: str) -> str:
    if tag in QUALIFIED:
        kind = doc.side.references.get(at(elements, QUALIFIED[tag][0][0]))
        return "not read here" if kind else "no key type"
    if tag in DATES and at(elements, 1) not in DATES[tag]:
        return "no known kind of date"
    return "not read"
