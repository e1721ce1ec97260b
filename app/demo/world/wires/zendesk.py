"""The service desk: ticket events of Zendesk, the order number in a field of its own, and whose number it is."""

from collections.abc import Iterable, Iterator

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, entity, line

#: Each company is a brand of the one desk.
_BRANDS = {"US01": "360000000101", "DE01": "360000000102"}


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One event per fact."""
    for fact in facts:
        detail = {
            "id": fact.keys["ticket"], "subject": fact.data["reason"], "status": "NEW", "updated_at": written(fact.written_at),
            "custom_fields": [{"id": 360000000001, "value": fact.keys["so"]}], "brand_id": _BRANDS[entity(fact.so)],
        }  # fmt: skip
        yield line(fact, {
            "type": "zen:event-type:ticket.created", "id": f"zen-{fact.number}", "time": written(fact.written_at),
            "detail": detail, "event": {},
        })  # fmt: skip
