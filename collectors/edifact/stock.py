"""INVRPT: what lies where, one snapshot per place and kind of stock."""

from typing import Any

from collectors.edifact import codes
from collectors.edifact.document import Line
from collectors.edifact.draft import Draft, Reader, Unfit
from collectors.edifact.lines import sku
from collectors.edifact.syntax import Segment

_Row = tuple[str | None, ...]


def read(reader: Reader) -> list[Draft]:
    """The snapshots of a report. Raises Unfit where it says no time."""
    document, terms = reader.document, reader.terms
    at = reader.happened(codes.HAPPENED["INVRPT"])
    place = reader.party(codes.PLACES["INVRPT"]) or _located(reader, document.head.get("LOC", []))
    kinds = {**codes.STOCK, **terms.partner.stock}
    found: dict[tuple[str, str], tuple[Segment, list[_Row]]] = {}
    for line in document.lines:
        places = _places(reader, line)
        for kind, qty, row in _counted(reader, line, kinds):
            spot = places[qty.place] or place
            found.setdefault((spot, kind), (qty, []))[1].append(row)
    common: dict[str, Any] = {"partner": terms.code or None}
    return [
        Draft(
            qty, "inventory.snapshot", at, [], rows,
            {**common, "location": terms.ours("location", spot) if spot else None},
            {"document": document.number, "stock_status": kind},
        )
        for (spot, kind), (qty, rows) in found.items()
    ]  # fmt: skip


def _located(reader: Reader, places: list[Segment]) -> str:
    """The first place that is named."""
    if not places:
        return ""
    reader.document.use(places[0])
    return places[0].text(2)


def _places(reader: Reader, line: Line) -> dict[int, str]:
    """Where each quantity of a line lies: the place behind it and before the next one, else the one before all of them."""
    told: dict[int, str] = {}
    start, last = "", None
    for segment in sorted([*line.segments.get("QTY", ()), *line.segments.get("LOC", ())], key=lambda one: one.place):
        if segment.tag == "QTY":
            last = segment.place
            told[last] = start
            continue
        reader.document.use(segment)
        if last is None:
            start = start or segment.text(2)
        elif told[last] == start:
            told[last] = segment.text(2)
    return told


def _counted(reader: Reader, line: Line, kinds: dict[str, str]) -> list[tuple[str, Segment, _Row]]:
    """(kind of stock, the segment, the row) of each quantity that is stock; of two of a kind the first in the table."""
    quantities = line.segments.get("QTY", [])
    taken: list[tuple[str, Segment, _Row]] = []
    by_kind: dict[str, str] = {}
    for qualifier, kind in kinds.items():
        if kind and any(qty.code == qualifier for qty in quantities):
            by_kind.setdefault(kind, qualifier)
    number_of_line, item = reader.text(line.number), reader.text(sku(reader, line))
    for kind, qualifier in by_kind.items():
        for qty in (one for one in quantities if one.code == qualifier):
            reader.document.use(qty)
            try:
                number = reader.number(qty.text(1, 1), qty)
            except Unfit as fault:
                reader.unfit(fault)
                continue
            unit = qty.text(1, 2)
            row = (
                number_of_line,
                item,
                number,
                reader.terms.ours("uom", unit) if unit else None,
                None,
            )
            taken.append((kind, qty, row))
    return taken
