"""Parcel carriers through an aggregator: EasyPost posts the whole tracker each time something is new about it."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.world.company import CARRIERS
from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, line

#: The first scan is "in transit" to the aggregator: it has no word for a pickup.
_WORDS = {
    "shipment.picked_up": "in_transit", "shipment.in_transit": "in_transit", "shipment.delivered": "delivered",
    "shipment.exception": "failure", "shipment.out_for_delivery": "out_for_delivery",
}  # fmt: skip


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One tracker per fact with all of its scans that were known by then."""
    scans: dict[str, list[dict[str, str]]] = defaultdict(list)
    for fact in facts:
        known = scans[fact.keys["tr"]]
        said = {"status": _WORDS[fact.type], "datetime": written(fact.written_at), "object": "TrackingDetail"}
        known.append(said | ({"status_detail": fact.data["reason"]} if "reason" in fact.data else {}))
        yield line(fact, _event(fact, known))


def _event(fact: Fact, known: list[dict[str, str]]) -> dict[str, Any]:
    number = fact.keys["tr"]
    tracker = {
        "object": "Tracker", "id": f"trk_{number}", "tracking_code": number, "status": known[-1]["status"],
        "carrier": CARRIERS[fact.data["carrier"]].name, "updated_at": written(fact.arrives), "tracking_details": list(known),
    }  # fmt: skip
    return {"object": "Event", "id": f"evt_{fact.number}", "description": "tracker.updated", "result": tracker}
