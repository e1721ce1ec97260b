"""An IDoc as its segments: what stands at a place, and who sends it to whom, when."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from collectors.document import Unread
from collectors.idoc.config import parts
from collectors.markup import Element, read

#: Records of status: in messages of their own, and as they are kept in the system.
STATUS = ("E1STATS", "EDI_DS40")
_MIRROR = {"out": "in", "in": "out"}
_EMPTY_DATES = ("", "00000000", "000000")


class Segments:
    """The segments in and below an element, by their names."""

    def __init__(self, root: Element) -> None:
        self.root = root
        self.named: dict[str, list[Element]] = {}
        for element in _below(root):
            self.named.setdefault(element.name, []).append(element)

    def values(self, place: str) -> Iterator[str]:
        """Every value that stands at a place and is not empty."""
        segment, condition, wanted, field = parts(place)
        for element in self.named.get(segment, ()):
            value = element.said(field)
            if value and (not condition or element.said(condition) in wanted):
                yield value

    def first(self, *places: str) -> str:
        """The first value of the first place that has one; "" for none."""
        return next((value for place in places if place for value in self.values(place)), "")


def _below(element: Element) -> Iterator[Element]:
    """The element and every segment below it; fields, which have no children, are no segments."""
    waiting = [element]
    while waiting:
        one = waiting.pop()
        if one.children:
            yield one
            waiting += one.children[::-1]


@dataclass(frozen=True)
class Idoc:
    """One IDoc: its control record and its segments."""

    root: Element
    default_direction: str
    mirrored: bool = False

    @cached_property
    def control(self) -> Element:
        """The control record. Raises Unread where there is none."""
        found = self.root.first("EDI_DC40") or self.root.first("EDI_DC")
        if found is None:
            raise Unread("malformed", "The IDoc has no control record EDI_DC40.")
        return found

    @cached_property
    def segments(self) -> Segments:
        """What stands below it."""
        return Segments(self.root)

    @property
    def number(self) -> str:
        """DOCNUM without its padding. Raises Unread where there is none."""
        number = plain(self.control.said("DOCNUM"))
        if not number:
            raise Unread("missing_id", "The control record has no DOCNUM.")
        return number

    @property
    def message(self) -> str:
        """The message type, as ORDERS."""
        return self.control.said("MESTYP")

    @property
    def direction(self) -> str:
        """`out` of our SAP system or `in`; "" where nobody says."""
        said = {"1": "out", "2": "in"}.get(self.control.said("DIRECT"), "")
        return _MIRROR[said] if self.mirrored and said else said or self.default_direction

    @property
    def partner(self) -> str:
        """SAP's number of the other side."""
        return self.control.said("RCVPRN" if self.direction == "out" else "SNDPRN")

    @property
    def native_id(self) -> str:
        """The number, with who sent it: each side counts its own."""
        return f"{self.control.said('SNDPRN')}/{self.number}"

    @property
    def created(self) -> str:
        """When it was made, as SAP writes it."""
        return moment(self.control.said("CREDAT"), self.control.said("CRETIM"))

    @property
    def statuses(self) -> list[Element]:
        """Its records of status."""
        return [record for name in STATUS for record in self.segments.named.get(name, ())]


def plain(number: str) -> str:
    """A number without the zeros that SAP puts before it; what is no number stays."""
    return number.lstrip("0") or number[:1] if number.isdecimal() else number


def moment(date: str, time: str) -> str:
    """Date and time of day in one; "" without a date, midnight without a time."""
    return "" if date in _EMPTY_DATES else date + (time or "000000")


def idocs(body: bytes, direction: str = "", mirrored: bool = False) -> list[Idoc]:
    """The IDocs of a document, in order. Raises Unread for what is none."""
    root = read(body)
    found = [Idoc(element, direction, mirrored) for element in _below(root) if element.local == "IDOC"]
    if not found:
        raise Unread("malformed", f"This is no IDoc: it is a <{root.name[:40]}> without an <IDOC>.")
    return found
