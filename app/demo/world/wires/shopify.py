"""The web shop: webhooks of Shopify, one topic per kind of document, said in a header."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from app.demo.world.hours import written
from app.demo.world.order import Fact
from app.demo.world.wires.sent import Sent, line

_TOPICS = {"order.captured": "orders/create", "order.cancel_requested": "orders/cancelled"}


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """The whole order, each time something happens to it."""
    told = list(facts)
    # A cancellation may overtake the order that it is of; the shop sends the whole order with either.
    orders = {fact.so: _order(fact) for fact in told if fact.type == "order.captured"}
    for fact in told:
        if (document := orders.get(fact.so)) is None:
            continue
        if fact.type == "order.cancel_requested":
            document = document | {"cancelled_at": written(fact.written_at), "cancel_reason": "customer"}
        head = b"#headers " + json.dumps({"x-shopify-topic": _TOPICS[fact.type]}).encode() + b"\n"
        yield line(fact, document, head=head)


def _order(fact: Fact) -> dict[str, Any]:
    name, number = fact.keys["ch"]
    return {
        "id": int(number), "name": name, "order_number": int(name[1:]), "created_at": written(fact.written_at),
        "total_price": fact.data["amount"], "currency": "USD", "financial_status": "paid", "source_name": "web",
        "po_number": fact.keys["cpo"], "customer": {"id": fact.data["customer"]},
        "line_items": [
            {"id": int(number) * 10 + at, "sku": one.sku, "quantity": one.qty, "price": one.price}
            for at, one in enumerate(fact.lines)
        ],
    }  # fmt: skip
