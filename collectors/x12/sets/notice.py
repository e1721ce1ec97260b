"""856: what was shipped, as a tree of shipment, orders, pallets, packs and items.

One event per order in the tree: a supplier announces goods, a warehouse has dispatched them, or we tell a customer.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from collectors.x12 import codes
from collectors.x12.document import Document, Draft, Key, Line, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, counted, groups, kept, several, written
from collectors.x12.times import Instant

_ITEM, _PACKS, _MARKS = "I", ("T", "P"), ("sscc", "tr")
_KNOWN = (*codes.ORIGINAL, codes.CANCEL, codes.REPLACE, codes.DUPLICATE)


@dataclass(slots=True)
class _Level:
    """One HL with its segments; `order` is the number of the HL of its order, `inside` the packs around it."""

    kind: str
    number: str
    segments: list[Segment]
    order: str = ""
    inside: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Notice:
    """What holds for the whole notice: its event, status, moment, flags, and the segments above its orders."""

    event: str
    status: str
    when: Instant
    flags: list[str]
    shared: list[Segment]
    eta: int | None


def advance(doc: Document) -> Iterator[Draft]:
    """The notice, its replacement, or its withdrawal."""
    levels, astray = _tree(doc)
    notice = _notice(doc, levels, astray)
    orders: dict[str, list[_Level]] = {level.number: [] for level in levels if level.kind == "O"} or {"": []}
    for level in levels:
        mine = level.number if level.kind == "O" else level.order
        if mine in orders:
            orders[mine].append(level)
    doc.bounded(len(orders) * len(notice.shared))
    for found in orders.values():
        yield from _of_order(doc, notice, found)


def _notice(doc: Document, levels: list[_Level], astray: bool) -> _Notice:
    head = doc.first("BSN")
    purpose = doc.code(head, 1)
    above = [level for level in levels if not level.order and level.kind not in ("O", _ITEM, *_PACKS)]
    before = doc.segments[: next((n for n, one in enumerate(doc.segments) if one[0] == "HL"), len(doc.segments))]
    shared = [*before, *(one for level in above for one in level.segments)]
    items = sum(level.kind == _ITEM for level in levels)
    flags = counted(doc, len(levels)) if at(doc.first("CTT"), 1) != str(items) else []
    flags += ["mapping_unknown"] * (purpose not in _KNOWN) + ["hierarchy_broken"] * astray
    return _Notice(
        _event(doc, purpose), purpose, _moment(doc, head), flags, shared, doc.dates(shared).get("delivery_at")
    )


def _of_order(doc: Document, notice: _Notice, levels: list[_Level]) -> Iterator[Draft]:
    """The event of one order of the tree, and those of its packs."""
    segments = [*notice.shared, *(one for level in levels for one in level.segments)]
    keys = doc.named(segments)
    lines = several(_line(doc, level) for level in levels if level.kind == _ITEM)
    releases = sorted({at(one, 2) for one in segments if one[0] == "PRF" and at(one, 2)})
    eta = written(notice.eta) if notice.eta is not None else ""
    sent = next((at(one, 6) for one in segments if one[0] == "TD5" and at(one, 6)), "")
    attrs = kept(doc, segments, eta=eta, releases=releases, shipment_status=sent, ordered=_ordered(doc, levels))
    fields = concerned(doc, segments, status=notice.status or None, promised_at=notice.eta)
    yield Draft(notice.event, notice.when, keys, lines, fields, attrs, notice.flags)
    if notice.event == "shipment.dispatched":
        yield from _packed(doc, keys, levels, notice.when)


def _ordered(doc: Document, levels: list[_Level]) -> dict[str, str]:
    """What was ordered, by product or line, where another quantity was shipped (SN105)."""
    found = {}
    for level in (level for level in levels if level.kind == _ITEM):
        count = next((one for one in level.segments if one[0] == "SN1"), [])
        line, sku, shipped, _, _ = _line(doc, level)
        ordered = doc.number(count, 5) if count else None
        if ordered is not None and ordered != shipped:
            found[sku or line or ""] = ordered
    return found


def _packed(doc: Document, keys: list[Key], levels: list[_Level], when: Instant) -> Iterator[Draft]:
    """What is in each pack that holds items itself."""
    outer = [key for key in keys if key[0] not in _MARKS]
    inside: dict[str, list[Line]] = {}
    for level in (level for level in levels if level.kind == _ITEM and level.inside):
        inside.setdefault(level.inside[-1], []).append(_line(doc, level))
    doc.bounded(len(inside) * len(outer))
    for pack in (level for level in levels if level.kind in _PACKS):
        marks = [key for key in doc.named(pack.segments) if key[0] in _MARKS]
        if marks and (lines := several(inside.get(pack.number, ()))):
            yield Draft("package.packed", when, [*outer, *marks], lines, concerned(doc, pack.segments))


def _event(doc: Document, purpose: str) -> str:
    dispatch = doc.side.party == "3pl" and not doc.side.sent
    if purpose == codes.CANCEL:
        return "shipment.voided" if dispatch else "asn.withdrawn"
    return "asn.sent" if doc.side.sent else "shipment.dispatched" if dispatch else "asn.received"


def _moment(doc: Document, head: Segment) -> Instant:
    """When it left, else when the notice was written."""
    left = doc.when((doc.dated_segment("011", tag="DTM"), 2, 3, 4), (head, 3, 4, 0))
    written_at = doc.when((head, 3, 4, 0))
    # A bare date on which the notice was written as well is no later than the notice.
    return replace(left, at=min(left.at, written_at.at)) if left.date_only and left.at > written_at.at else left


def _tree(doc: Document) -> tuple[list[_Level], bool]:
    """(the levels with their order and packs; whether a parent is missing).

    A parent must stand before its children; a level whose parent is missing belongs to the order before it.
    """
    known: dict[str, _Level] = {}
    astray, found, last = False, [], ""
    for loop in groups(doc.segments, "HL"):
        number, above, kind = (at(loop[0], place) for place in (1, 2, 3))
        level = _Level(kind, number, loop)
        if parent := known.get(above):
            level.order = parent.number if parent.kind == "O" else parent.order
            level.inside = (*parent.inside[-8:], parent.number) if parent.kind in _PACKS else parent.inside
        elif above:
            level.order, astray = last, True
        last = number if kind == "O" else last
        known[number] = level
        found.append(level)
    return found, astray


def _line(doc: Document, level: _Level) -> Line:
    """The item of a level: LIN names it, SN1 counts it."""
    item = next((one for one in level.segments if one[0] == "LIN"), None)
    count = next((one for one in level.segments if one[0] == "SN1"), [])
    number, sku, _, _, _ = doc.line(item) if item else (None, None, None, None, None)
    own = at(count, 1) if doc.side.numbered or not sku else ""
    return number or own or None, sku, doc.number(count, 2) if count else None, at(count, 3) or None, None
