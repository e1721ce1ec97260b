"""What the events of all sets have in common: who is concerned, where, by which carrier, and what was asked for."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from collectors.x12.codes import DATES
from collectors.x12.document import Document, Line, at
from collectors.x12.segments import Segment

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Where a carrier's code stands.
_CARRIERS = {"W27": 2, "W66": 10, "TD5": 3, "B10": 3, "B2": 2, "B1": 1, "B3": 11, "MS2": 1}
#: Segments that say who is concerned, and those of which something is kept.
_CONCERNING, _KEPT = frozenset(("N1", *_CARRIERS)), frozenset(("N1", *DATES))


def concerned(doc: Document, segments: list[Segment] | None = None, **more: Any) -> dict[str, Any]:
    """The columns partner, customer, location, carrier, entity, and what else is given."""
    if segments is None:
        return {**doc.once("concerned", lambda: concerned(doc, doc.some(_CONCERNING))), **more}
    side, among = doc.side, segments
    place = doc.party("WH", segments=among) or doc.party("SF", segments=among) * (side.party == "3pl")
    named = doc.party("BY", segments=among) or doc.party("BT", segments=among)
    buyer = side.partner.customer or named * (side.party == "customer")
    found = {
        "partner": side.code,
        "customer": side.told("customer", buyer),
        "location": side.told("location", place) or side.partner.location,
        "carrier": side.told("carrier", carrier(among)),
        "entity": side.partner.entity,
    }
    return {**{name: value or None for name, value in found.items()}, **more}


def carrier(segments: Iterable[Segment]) -> str:
    """The carrier's code (SCAC) that a message names first."""
    named = (
        at(one, _CARRIERS[one[0]]) for one in segments if one[0] in _CARRIERS and (one[0] != "TD5" or at(one, 2) == "2")
    )
    return next((code for code in named if code), "")


def written(micros: int) -> str:
    """A moment as text: ISO 8601 in UTC."""
    return (_EPOCH + timedelta(microseconds=micros)).strftime("%Y-%m-%dT%H:%M:%SZ")


def kept(doc: Document, segments: list[Segment] | None = None, **more: Any) -> dict[str, Any]:
    """What is kept beside an event: the moments it names, the ship-to where the mapping knows it, and `more`."""
    if segments is None:
        return {**doc.once("kept", lambda: kept(doc, doc.some(_KEPT))), **_said(more)}
    found: dict[str, Any] = {name: written(moment) for name, moment in doc.dates(segments).items()}
    named = doc.party("ST", segments=segments)
    if ship_to := doc.side.codes.get("ship_to", {}).get(named):
        found["ship_to"] = ship_to
    elif named:
        found["ship_to_code"] = named
    return {**found, **_said(more)}


def _said(more: dict[str, Any]) -> dict[str, Any]:
    """Without what says nothing."""
    return {name: value for name, value in more.items() if value not in (None, "", [], {})}


def revision(text: str) -> int | None:
    """A revision number; None for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def groups(segments: list[Segment], *tags: str) -> list[list[Segment]]:
    """Loops: each begins with one of the tags and ends before the next; what stands before the first is left out."""
    found: list[list[Segment]] = []
    for one in segments:
        if one[0] in tags:
            found.append([one])
        elif found:
            found[-1].append(one)
    return found


def counted(doc: Document, lines: int) -> list[str]:
    """The flag for a CTT that counts other lines than there are."""
    said = at(doc.first("CTT"), 1)
    return ["count_mismatch"] if said.isdigit() and len(said) < 9 and int(said) != lines else []


def totalled(doc: Document, total: Segment, lines: list[Line]) -> list[str]:
    """The flag for a total (W03, W14, W76) that is not the sum of the lines; units of several kinds have none."""
    said = doc.number(total, 1)
    if said is None or not lines or len({line[3] for line in lines}) > 1:
        return []
    return ["count_mismatch"] if Decimal(said) != sum(Decimal(line[2] or "0") for line in lines) else []


def several(lines: Iterable[Line]) -> list[Line]:
    """Lines that name a product or a number; a quantity of nothing tells nothing."""
    return [line for line in lines if line[0] or line[1]]
