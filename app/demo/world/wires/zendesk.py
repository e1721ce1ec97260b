"""The service desk: ticket events of Zendesk, the order number in a field of its own."""

from collections.abc import Iterable, Iterator

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, line

_TYPES = {"ticket.opened": "created", "ticket.updated": "comment_added", "ticket.resolved": "status_changed"}


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One event per fact."""
    for fact in facts:
        detail = {
            "id": fact.keys["ticket"], "subject": fact.data["reason"], "status": "NEW", "updated_at": written(fact.written_at),
            "custom_fields": [{"id": 360000000001, "value": fact.keys["so"]}],
        }  # fmt: skip
        yield line(fact, {
            "type": f"zen:event-type:ticket.{_TYPES[fact.type]}", "id": f"zen-{fact.number}", "time": written(fact.written_at),
            "detail": detail, "event": {},
        })  # fmt: skip
