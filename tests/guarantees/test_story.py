"""Orders told by the messages of their systems, and what the API then says of them."""

import itertools
import time
from typing import Any

import httpx

from tests.guarantees.server import Event, Server, event, hours_ago, until

_NUMBERS = itertools.count(1)
SECONDS_TO_SEE = 5.0


class Order:
    """The messages about one order; `so`, `fo` and `shop` are its numbers."""

    def __init__(self, server: Server, name: str) -> None:
        self.server, self.so, self.shop, self.fo = server, f"SO-{name}", f"W-{name}", f"SO-{name}-1"

    def said(self, source: str, type: str, hours: float, keys: Any = None, **data: Any) -> Event:
        """One message so many hours ago."""
        return event(
            f"story-{next(_NUMBERS)}", source, type, hours_ago(hours), keys={"so": self.so} | (keys or {}), **data
        )

    def taken(self, hours: float = 8, **data: Any) -> list[Event]:
        """Shop and ERP have it."""
        lines = [{"line": "1", "sku": "A-1", "qty": "10", "uom": "EA", "price": "4.10"}]
        shop = event(
            f"story-{next(_NUMBERS)}", "ecom.web", "order.captured", hours_ago(hours + 0.1), keys={"ch": self.shop}
        )
        entry = self.said(
            "erp.main",
            "order.created",
            hours,
            {"ch": self.shop},
            lines=lines,
            customer="C-17",
            amount="41.00",
            currency="USD",
            **data,
        )
        return [shop, entry]

    def asked(self, hours: float = 7) -> list[Event]:
        """The middleware has sent it to a warehouse."""
        return [
            self.said("erp.main", "order.released", hours + 0.2),
            self.said("mw.hub", "fulfillment.requested", hours, {"fo": self.fo}, partner="3pl.west"),
        ]

    def acknowledged(self, hours: float) -> Event:
        """The warehouse has it."""
        return self.said("3pl.west", "fulfillment.acknowledged", hours, {"fo": self.fo}, partner="3pl.west")

    def cases(self, code: str = "", **more: Any) -> list[dict[str, Any]]:
        """The exceptions of the order, folded ones too."""
        asked = {"order": self.server.order(self.so)["order_id"], "folded": "true"} | ({"code": code} if code else {})
        found: list[dict[str, Any]] = self.server.get("/api/v1/exceptions", **asked, **more)["items"]
        return found

    def case(self, code: str) -> dict[str, Any]:
        """The one open exception of this code, as soon as there is one."""
        found = until(lambda: self.cases(code) or None, SECONDS_TO_SEE)
        assert len(found) == 1
        return dict(found[0])

    def blocked(self) -> set[tuple[str, str]]:
        """What blocks it, and where."""
        return {(one["cause"], one["system"]) for one in self.server.order(self.so)["blocked"]}


def ended(server: Server, case: dict[str, Any]) -> dict[str, Any]:
    """The exception once it is over."""
    found = until(
        lambda: one if (one := server.get(f"/api/v1/exceptions/{case['id']}"))["status"] == "resolved" else None
    )
    return dict(found)


def acted(server: Server, case: dict[str, Any], action: str, version: int | None, **words: Any) -> httpx.Response:
    headers = {"If-Match": f'"{version}"'} if version is not None else {}
    return server.client.post(f"/api/v1/exceptions/{case['id']}/{action}", json=words, headers=headers)


def test_a_missing_acknowledgment_blocks_the_order_within_five_seconds(server: Server) -> None:
    """Two warehouses, one silent: five seconds after its request an exception stands open and the order is blocked."""
    order = Order(server, "MISSING")
    other = {"fo": f"{order.so}-2"}
    server.take(*order.taken())
    east = [
        order.said("mw.hub", "fulfillment.requested", 7, other, partner="3pl.east"),
        order.said("3pl.east", "fulfillment.acknowledged", 6, other, partner="3pl.east"),
        order.said(
            "3pl.east",
            "shipment.dispatched",
            5,
            other | {"sh": ["SH-9"], "tr": ["1Z999MISSING"]},
            partner="3pl.east",
            carrier="ups",
        ),
    ]
    begun = time.monotonic()
    assert server.post(order.asked() + east).status_code == 200
    case = order.case("ack_overdue")
    assert time.monotonic() - begun < SECONDS_TO_SEE
    assert (case["status"], case["condition"], case["owner"], case["partner"]) == (
        "new",
        "active",
        "west-desk",
        "3pl.west",
    )
    assert case["subject"] == {"type": "fo", "key": f"fo:3pl.west:{order.fo}"}
    assert order.blocked() == {("ack_overdue", "3pl.west")}
    listed = server.get("/api/v1/orders", blocked=True, cause="ack_overdue", q=order.so)["items"]
    assert [row["so"] for row in listed] == [order.so]


def test_any_number_of_an_order_leads_to_it(server: Server) -> None:
    """Sales order, fulfillment order, shop number and tracking number find the same order, typed or not."""
    order = Order(server, "NUMBERS")
    dispatched = order.said(
        "3pl.west",
        "shipment.dispatched",
        5,
        {"fo": order.fo, "sh": ["SH-77"], "tr": ["1Z999NUMBERS"]},
        partner="3pl.west",
        carrier="ups",
    )
    server.take(*order.taken(), *order.asked(), order.acknowledged(6), dispatched)
    keys = [
        order.so,
        order.fo,
        order.shop,
        "1Z999NUMBERS",
        "SH-77",
        f"so:{order.so}",
        f"fo:3pl.west:{order.fo}",
        "tr:ups:1Z999NUMBERS",
    ]
    assert {server.order(key)["order_id"] for key in keys} == {server.order(order.so)["order_id"]}
    assert server.client.get("/api/v1/orders/NO-SUCH-NUMBER").status_code == 404
    found = server.order(order.so)
    assert (found["stage"], found["customer"], found["value"], found["currency"]) == (
        "dispatched",
        "C-17",
        "41.00",
        "USD",
    )
    assert {"erp", "3pl.west"} <= set(found["views"])
    assert any(
        due["sla"] == "S06" and due["subject"] == f"fo:3pl.west:{order.fo}" and due["state"] == "met"
        for due in found["dues"]
    )


def test_a_key_of_two_orders_gives_both(server: Server) -> None:
    """A carrier's load that carries two orders is answered with 300 and both of them, and merges nothing."""
    one, two = Order(server, "LOAD1"), Order(server, "LOAD2")
    loads = [
        o.said("3pl.west", "shipment.dispatched", 5, {"fo": o.fo, "bol": ["BOL-12"]}, partner="3pl.west")
        for o in (one, two)
    ]
    server.take(*one.taken(), *two.taken(), *loads)
    answer = server.client.get("/api/v1/orders/BOL-12")
    assert answer.status_code == 300
    assert {candidate["so"] for candidate in answer.json()["candidates"]} == {one.so, two.so}
    assert server.order(one.so)["order_id"] != server.order(two.so)["order_id"]


def test_a_person_acknowledges_once(server: Server) -> None:
    """An exception needs the version seen; a stale one does nothing; the same twice is one entry of the history."""
    order = Order(server, "PERSON")
    server.take(*order.taken(), *order.asked())
    case = order.case("ack_overdue")
    assert acted(server, case, "acknowledge", None).status_code == 428
    first, again = (acted(server, case, "acknowledge", case["version"], text="calling them") for _ in range(2))
    assert (first.status_code, again.status_code, first.json()["status"]) == (200, 200, "acknowledged")
    stale = acted(server, case, "assign", case["version"], owner="somebody")
    assert (stale.status_code, stale.json()["case"]["status"]) == (412, "acknowledged")
    told = server.get(f"/api/v1/exceptions/{case['id']}")
    assert [move["action"] for move in told["history"]].count("acknowledge") == 1
    assert (told["owner"], told["acknowledged_at"] is not None) == (case["owner"], True)
    assert "exception.acknowledge" in {
        row["type"] for row in server.get(f"/api/v1/orders/{order.so}/timeline")["items"]
    }


def test_an_acknowledgment_reported_late_retracts(server: Server) -> None:
    """It had happened in time and was only told late: the exception is void, and says so."""
    order = Order(server, "TOLDLATE")
    server.take(*order.taken(), *order.asked(7))
    case = order.case("ack_overdue")
    server.take(order.acknowledged(5))
    over = ended(server, case)
    assert (over["condition"], over["cleared_by"]) == ("void", "void")
    assert "reported_late" in {move["reason"] for move in over["history"]}
    assert (order.blocked(), order.cases("ack_overdue")) == (set(), [])
    assert [due["state"] for due in server.order(order.so)["dues"] if due["sla"] == "S06"] == ["met"]


def test_a_late_acknowledgment_clears(server: Server) -> None:
    """It happened too late: the exception ends by itself, the clock stays breached."""
    order = Order(server, "TOOLATE")
    server.take(*order.taken(), *order.asked(7))
    case = order.case("ack_overdue")
    server.take(order.acknowledged(1))
    over = ended(server, case)
    assert (over["condition"], over["cleared_by"]) == ("cleared", "auto")
    assert order.blocked() == set()
    assert [due["state"] for due in server.order(order.so)["dues"] if due["sla"] == "S06"] == ["breached"]


def test_a_credit_hold_blocks_until_it_is_released(server: Server) -> None:
    """A hold blocks at once with its kind as cause; its release ends the exception and the block."""
    order, hold = Order(server, "CREDIT"), {"kind": "credit", "id": "H1"}
    server.take(*order.taken(1), order.said("erp.main", "order.credit_held", 0.9, hold=hold))
    case = order.case("order_blocked")
    assert order.blocked() == {("hold:credit", "erp.main")}
    assert server.order(order.so)["holds"][0]["kind"] == "credit"
    server.take(order.said("erp.main", "order.credit_released", 0.1, hold=hold))
    assert ended(server, case)["condition"] == "cleared"
    assert order.blocked() == set()


def test_a_cancellation_voids_what_was_due(server: Server) -> None:
    """Nobody need acknowledge what was called off: exceptions end and the order is cancelled."""
    order = Order(server, "CALLEDOFF")
    server.take(*order.taken(), *order.asked())
    case = order.case("ack_overdue")
    server.take(order.said("erp.main", "order.cancelled", 0.1))
    assert ended(server, case)["condition"] in ("void", "cleared")
    found = server.order(order.so)
    assert (found["stage"], order.blocked()) == ("cancelled", set())
    assert {due["state"] for due in found["dues"] if due["sla"] == "S06"} == {"void"}


def test_a_late_delivery_is_open_until_it_is_there(server: Server) -> None:
    """The promise has passed: an exception; the goods arrive: it clears, and the SLA counts one more breach."""
    order = Order(server, "LATE")
    counted = _figures(server, "S14")
    server.take(*order.taken(48, promised_at=hours_ago(24)), *order.asked(47), order.acknowledged(46))
    case = order.case("delivery_late")
    assert server.order(order.so)["late"] is True
    assert _figures(server, "S14")["breached_open"] == counted["breached_open"] + 1
    server.take(order.said("carrier.ups", "shipment.delivered", 0.5, {"fo": order.fo}, carrier="ups"))
    assert ended(server, case)["condition"] == "cleared"
    after = _figures(server, "S14")
    assert (after["breached_open"], after["breached_closed"]) == (
        counted["breached_open"],
        counted["breached_closed"] + 1,
    )
    assert server.order(order.so)["stage"] == "delivered"


def _figures(server: Server, sla: str) -> dict[str, Any]:
    return next(row for row in server.get("/api/v1/slas")["items"] if row["id"] == sla)
