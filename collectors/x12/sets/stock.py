"""Stock at a warehouse: 846 counts, 947 adjustments."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from collectors.x12 import codes
from collectors.x12.document import Document, Draft, at
from collectors.x12.segments import Segment
from collectors.x12.sets.parts import concerned, counted, groups, kept
from collectors.x12.times import Instant

#: Quantities by kind, and whether a kind was not known.
_Kinds = dict[str, Decimal]
_UNIT = re.compile(r"[A-Z0-9]{2,3}")


def snapshot(doc: Document) -> Iterator[Draft]:
    """846: one count per product and place, each kind of quantity beside the others and never added to them."""
    head = doc.first("BIA")
    as_of = next((one for one in doc.every("DTM") if at(one, 1) in ("007", "097", "017")), head)
    when = doc.when((as_of, 2, 3, 4) if as_of is not head else (head, 4, 5, 0), (head, 4, 5, 0))
    loops = groups(doc.segments, "LIN")
    flags = counted(doc, len(loops)) + ["item_missing"] * any(not doc.sku(loop[0]) for loop in loops)
    complete = doc.side.partner.complete and not flags
    head_attrs = {"report": at(head, 3), **({"complete": True} if complete else {})}
    fields = concerned(doc, status=doc.code(head, 1) or None)
    for loop in loops:
        yield from _counts(doc, loop, when, fields, head_attrs, flags)


def _counts(
    doc: Document, loop: list[Segment], when: Instant, fields: dict[str, Any], head: dict[str, Any], flags: list[str]
) -> Iterator[Draft]:
    """The counts of one product: per site where SDQ names sites, else of the whole place."""
    sku = doc.sku(loop[0])
    if not sku:
        return
    # Both may be composites of which the unit is the first component.
    units = (_UNIT.match(at(one, {"UIT": 1, "QTY": 3}[one[0]])) for one in loop if one[0] in ("UIT", "QTY"))
    uom = next((unit[0] for unit in units if unit), "")
    for site, (kinds, unknown) in _sites(doc, loop).items():
        place = {"location": doc.side.told("location", site)} if site else {}
        said = {name: format(number, "f") for name, number in kinds.items()}
        line = (None, sku, None, uom or None, None)
        marks = flags + ["mapping_unknown"] * unknown
        yield Draft("inventory.snapshot", when, doc.named(loop), [line], {**fields, **place}, {**head, **said}, marks)


def _sites(doc: Document, loop: list[Segment]) -> dict[str, tuple[_Kinds, bool]]:
    """Quantities by kind per site; "" is the place of the report. SDQ speaks of the kind of the QTY before it."""
    found: dict[str, tuple[_Kinds, bool]] = {}
    kind = ""
    sited = any(one[0] == "SDQ" for one in loop)
    for one in loop:
        if one[0] == "QTY":
            kind = doc.code(one, 1)
            if not sited:
                _add(found, "", kind, doc.number(one, 2))
        elif one[0] == "SDQ":
            for place in range(3, len(one) - 1, 2):
                _add(found, at(one, place), kind, doc.number(one, place + 1))
    return found


def _add(found: dict[str, tuple[_Kinds, bool]], site: str, kind: str, number: str | None) -> None:
    kinds, unknown = found.get(site, ({}, False))
    name = codes.STOCK.get(kind, f"quantity_{kind[:10]}")
    if number is not None:
        kinds[name] = kinds.get(name, Decimal(0)) + Decimal(number)
        found[site] = kinds, unknown or kind not in codes.STOCK


def adjustment(doc: Document) -> Iterator[Draft]:
    """947: one signed change per W19, numbered by the adjustment and its place in it, so that each counts once."""
    head = doc.first("W15")
    number = at(head, 2) or at(head, 3)
    when = doc.when((head, 1, 0, 0))
    for place, one in enumerate(doc.every("W19"), 1):
        attrs = kept(doc, adjustment=f"{number}/{place}" if number else "", warehouse_number=at(head, 3))
        fields = concerned(doc, reason=doc.code(one, 1) or None)
        yield Draft("inventory.adjusted", when, doc.named(), [doc.line(one)], fields, attrs)
