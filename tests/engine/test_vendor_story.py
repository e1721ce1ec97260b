"""Vendors' messages through the engine: a shop's order, its fulfillment, the carrier's scans and a ticket are one order."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from app.model.event import Message
from app.settings import Source
from collectors.webhook import COLLECTOR
from tests.engine.yard import Yard

NOW = datetime(2026, 11, 26, 12)
ORDER = {
    "id": 70, "name": "#1001", "order_number": 1001, "created_at": "2026-11-24T10:00:00-05:00", "total_price": "41.00",
    "currency": "USD", "line_items": [{"id": 1, "sku": "A-1", "quantity": 2, "price": "20.50"}],
}  # fmt: skip
FULFILLMENT = {
    "id": 8, "order_id": 70, "status": "success", "service": "manual", "created_at": "2026-11-25T12:00:00-05:00",
    "updated_at": "2026-11-25T12:00:00-05:00", "tracking_company": "UPS", "tracking_numbers": ["1Z9"],
    "line_items": [{"id": 1, "sku": "A-1", "quantity": 2}],
}  # fmt: skip
TRACKER = {
    "id": "evt_1", "result": {"id": "trk_1", "object": "Tracker", "tracking_code": "1Z9", "carrier": "UPS", "tracking_details": [
        {"status": "in_transit", "datetime": "2026-11-25T20:00:00Z"}, {"status": "delivered", "datetime": "2026-11-26T09:00:00Z"}]},
}  # fmt: skip
#: source, mapping, topic, document
STORY: list[tuple[str, str, str, Any]] = [
    ("ecom.us", "shopify", "orders/create", ORDER),
    ("ecom.us", "shopify", "fulfillments/create", FULFILLMENT),
    ("carrier.track", "easypost", "", TRACKER),
]


@pytest.fixture
def yard() -> Iterator[Yard]:
    """An empty yard."""
    made = Yard(NOW)
    yield made
    made.close()


def told(yard: Yard, story: list[tuple[str, str, str, Any]]) -> Yard:
    """Every message through its mapping, one after the other."""
    assert COLLECTOR.pack is not None
    for source, mapping, topic, document in story:
        headers = {"x-shopify-topic": topic} if topic else {}
        message = Message(source, "webhook", "", COLLECTOR.pack(headers, json.dumps(document).encode()), NOW)
        said = COLLECTOR.translate(message, Source(collector="webhook", mapping=mapping))
        assert said.rejections == ()
        yard.intake.put(message, said.arrived_now()).result()
        yard.ticker.run()
    return yard


def test_messages_of_three_systems_are_one_order(yard: Yard) -> None:
    """The shop's number, its id and the tracking number tie them; again, and from the API, they change nothing."""
    told(yard, STORY)
    assert yard.rows("select stage, events from orders") == [{"stage": "delivered", "events": 4}]
    assert yard.one("select ordered::int from order_line") == 2
    told(yard, [STORY[2], STORY[0], ("ecom.us", "shopify", "", {"orders": [ORDER]}), STORY[1]])
    assert yard.one("select count(*) from event") == 4
    assert yard.one("select count(*) from orders") == 1


def test_the_order_in_which_they_come_says_nothing(yard: Yard) -> None:
    """The carrier first, the shop's order last: the same order at the same stage."""
    told(yard, STORY[::-1])
    assert yard.rows("select stage, events from orders") == [{"stage": "delivered", "events": 4}]


def test_the_same_name_in_another_shop_is_another_order(yard: Yard) -> None:
    """#1001 of two shops are two orders."""
    other = ORDER | {"id": 71}
    told(yard, [STORY[0], ("ecom.eu", "shopify", "orders/create", other)])
    assert yard.one("select count(*) from orders") == 2
