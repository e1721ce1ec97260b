"""EDIFACT: a carrier's scans as status reports (IFTSTA D.96A), in the carrier's own time, which names no zone."""

from collections.abc import Iterable, Iterator

from app.demo.world.company import CARRIERS
from app.demo.world.order import Fact
from app.demo.world.wires.sent import AGAIN, Sent

#: Ids of the interchange, with qualifier 14 (EAN).
US, CARRIER = "4012345000009", "4077777000001"
_PLACE = CARRIERS["dhl"].hours
#: Status of the consignment, by code list 9011 of that directory.
_SCANS = {
    "shipment.picked_up": "13", "shipment.in_transit": "31", "shipment.delivered": "21", "shipment.exception": "18",
}  # fmt: skip


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One interchange per fact; sent again it has a new reference and the same content."""
    for fact in facts:
        for copy in range(fact.copies):
            yield Sent(fact.source, fact.arrives, _interchange(fact, fact.number + copy * AGAIN).encode(), ".edifact")


def _interchange(fact: Fact, ref: int) -> str:
    when = _PLACE.local(fact.written_at)
    body = [
        "UNH+1+IFTSTA:D:96A:UN", f"BGM+23+{fact.number}+9", f"DTM+137:{when:%Y%m%d%H%M%S}:204",
        f"CNI+1+{fact.keys['tr']}", f"STS+1+{_SCANS[fact.type]}", f"DTM+334:{when:%Y%m%d%H%M%S}:204",
        "TDT+20++30++DHL:172",
    ]  # fmt: skip
    head = f"UNB+UNOC:3+{CARRIER}:14+{US}:14+{when:%y%m%d}:{when:%H%M}+{ref}"
    return "'\n".join([head, *body, f"UNT+{len(body) + 1}+1", f"UNZ+1+{ref}"]) + "'\n"
