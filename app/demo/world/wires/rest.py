"""A 3PL with webhooks of its own: one topic per step, our number as its reference beside its own."""

from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, line

TOPICS = {
    "fulfillment.acknowledged": "order.accepted", "fulfillment.rejected": "order.declined",
    "fulfillment.held": "order.on_hold", "fulfillment.hold_released": "order.off_hold",
    "fulfillment.cancelled": "order.cancelled", "fulfillment.cancel_rejected": "order.change_declined",
    "pick.confirmed": "order.picked", "pick.shorted": "order.short", "shipment.label_created": "label.created",
    "shipment.dispatched": "shipment.departed", "return.received": "return.arrived",
    "return.inspected": "return.inspected", "inventory.snapshot": "inventory.counted",
}  # fmt: skip


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One notice per fact; sent again it has another id."""
    for fact in facts:
        for copy in range(fact.copies):
            name = f"evt_{fact.number:07}" + "r" * copy
            yield line(
                fact,
                {
                    "id": name,
                    "topic": TOPICS.get(fact.type) or fact.type.removeprefix("unknown:"),
                    "at": written(fact.written_at),
                    "data": _data(fact),
                },
            )


def _data(fact: Fact) -> dict[str, Any]:
    keys = fact.keys
    said = {
        "reference": keys.get("fo"), "order_number": f"W{keys['fo']}" if "fo" in keys else None,
        "revision": fact.data.get("revision"), "reason": fact.data.get("reason"), "hold": fact.data.get("hold"),
        "shipment_id": keys.get("sh"), "tracking_number": keys.get("tr"), "carrier": fact.data.get("carrier"),
        "rma": keys.get("rma"), "receipt": keys.get("rc"), "disposition": fact.data.get("disposition"),
        "warehouse": fact.data.get("location"), "complete": fact.data.get("complete"), "status": fact.data.get("status"),
        "items": [{"line": one.number, "sku": one.sku, "quantity": one.qty} for one in fact.lines],
    }  # fmt: skip
    return {name: value for name, value in said.items() if value not in (None, [])}
