"""856: what was shipped, as a tree of shipment, orders, pallets, packs and items.

One event per order in the tree: a supplier announces goods, a warehouse has dispatched them, or we tell a customer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from collectors.x12 import codes
from collectors.x12.document import Document, Draft, Key, Line, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, counted, groups, kept, several, written
from collectors.x12.times import Instant

_ITEM, _PACKS = "I", ("T", "P")


@dataclass(slots=True)
class _Level:
    """One HL with its segments; `order` is the number of the HL of its order, `inside` its own packs, outermost first."""

    kind: str
    number: str
    segments: list[Segment]
    order: str = ""
    inside: tuple[str, ...] = ()
    items: list[Segment] = field(default_factory=list)


def advance(doc: Document) -> Iterator[Draft]:
    """The notice, its replacement, or its withdrawal."""
    head = doc.first("BSN")
    levels, astray = _tree(doc)
    top = [one for one in doc.segments if one is head or one[0] == "DTM"] if not levels else []
    shared = [one for level in levels if not level.order and level.kind != _ITEM and level.kind not in _PACKS for one in level.segments]
    before = doc.segments[: next((n for n, one in enumerate(doc.segments) if one[0] == "HL"), len(doc.segments))]
    flags = counted(doc, len(levels)) if at(doc.first("CTT"), 1) != str(_items(levels)) else []
    flags += ["mapping_unknown"] * (not _purpose(doc)) + ["hierarchy_broken"] * astray
    when = _moment(doc, head)
    for order in [level.number for level in levels if level.kind == "O"] or [""]:
        yield from _of_order(doc, [*before, *shared, *top], levels, order, when, flags)


def _of_order(doc: Document, shared: list[Segment], levels: list[_Level], order: str, when: Instant, flags: list[str]) -> Iterator[Draft]:
    """The event of one order of the tree, and those of its packs."""
    mine = [level for level in levels if level.order == order or level.number == order]
    segments = [*shared, *(one for level in mine for one in level.segments)]
    keys = doc.keys(segments)
    lines = several(_line(doc, level) for level in mine if level.kind == _ITEM)
    eta = doc.dates(shared).get("delivery_at")
    attrs = kept(doc, segments, eta=written(eta) if eta is not None else "")
    status = at(doc.first("BSN"), 1)
    yield Draft(_event(doc), when, keys, lines, concerned(doc, segments, status=status or None, promised_at=eta), attrs, flags)
    if _event(doc) == "shipment.dispatched":
        yield from _packed(doc, keys, mine, when)


def _packed(doc: Document, keys: list[Key], levels: list[_Level], when: Instant) -> Iterator[Draft]:
    """What is in each pack that holds items, with the marks of its pallet."""
    outer = [key for key in keys if key[0] not in ("sscc", "tr")]
    for pack in (level for level in levels if level.kind in _PACKS):
        lines = several(_line(doc, level) for level in levels if level.kind == _ITEM and pack.number in level.inside[-1:])
        marks = [key for key in doc.keys(pack.segments) if key[0] in ("sscc", "tr")]
        if lines and marks:
            yield Draft("package.packed", when, [*outer, *marks], lines, concerned(doc, pack.segments))


def _event(doc: Document) -> str:
    side = doc.side
    if at(doc.first("BSN"), 1) == codes.CANCEL and not side.sent and side.party == "3pl":
        return "shipment.voided"
    if at(doc.first("BSN"), 1) == codes.CANCEL:
        return "asn.withdrawn"
    if side.sent:
        return "asn.sent"
    return "shipment.dispatched" if side.party == "3pl" else "asn.received"


def _purpose(doc: Document) -> bool:
    return doc.code(doc.first("BSN"), 1) in (*codes.ORIGINAL, codes.CANCEL, codes.REPLACE, codes.DUPLICATE)


def _moment(doc: Document, head: Segment) -> Instant:
    """When it left, else when the notice was written."""
    left = doc.when((doc.dated_segment("011", tag="DTM"), 2, 3, 4), (head, 3, 4, 0))
    written_at = doc.when((head, 3, 4, 0))
    # A bare date on which the notice was written as well is no later than the notice.
    return replace(left, at=min(left.at, written_at.at)) if left.date_only and left.at > written_at.at else left


def _tree(doc: Document) -> tuple[list[_Level], bool]:
    """(the levels with their order and packs; whether a parent is missing). A parent must stand before its children."""
    known: dict[str, _Level] = {}
    astray, found = False, []
    for loop in groups(doc.segments, "HL"):
        number, above, kind = (at(loop[0], place) for place in (1, 2, 3))
        level = _Level(kind, number, [one for one in loop if one[0] not in ("CTT",)])
        if parent := known.get(above):
            level.order = parent.number if parent.kind == "O" else parent.order
            level.inside = (*parent.inside[-8:], parent.number) if parent.kind in _PACKS else parent.inside
        astray |= bool(above) and parent is None
        known[number] = level
        found.append(level)
    return found, astray


def _line(doc: Document, level: _Level) -> Line:
    """The item of a level: LIN names it, SN1 counts it."""
    item = next((one for one in level.segments if one[0] == "LIN"), None)
    count = next((one for one in level.segments if one[0] == "SN1"), [])
    number, sku, _, _, _ = doc.line(item) if item else (None, None, None, None, None)
    return number or at(count, 1) or None, sku, doc.number(count, 2) if count else None, at(count, 3) or None, None


def _items(levels: list[_Level]) -> int:
    return sum(level.kind == _ITEM for level in levels)
