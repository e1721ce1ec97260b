"""Sample rows of what an order carries and of what lives without one, shaped like the answers of the store."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from app.cases import Identity
from app.clock import written

Row = dict[str, Any]


def documents(so: str, start: datetime) -> Row:
    """Two instructions of which one was shipped to an old revision, two shipments, an invoice, a return, a ticket."""

    def at(hours: float) -> str:
        return written(start + timedelta(hours=hours)) or ""

    first, second = f"fo:wms.main:{so}-1", f"fo:3pl.west:{so}-2"
    return {
        "sold_to": "Meridian Hardware", "bill_to": "Meridian Holding", "ship_to": "Store 14, Lyon", "parent_customer": "Meridian Group", "kind": "drop_ship",
        "first_promised_at": at(20), "open_value": "529.58", "billing": "invoiced", "return": "posted", "revision": 2,
        "fulfillments": [
            {"key": first, "partner": "wms.main", "location": "WH-M", "stage": "delivered", "revision_sent": 1, "revision_effective": 1, "revision_basis": "acknowledged", "released_at": at(1), "requested_at": at(1.1), "acknowledged_at": at(2), "picked_at": at(5), "dispatched_at": at(6), "delivered_at": at(20), "lines": [{"line": "1", "released": "10", "acknowledged": "10", "picked": "10", "shipped": "10", "shorted": "0", "cancelled": "0"}]},
            {"key": second, "partner": "3pl.west", "location": "WH-W", "stage": "dispatched", "reason": "bin empty", "revision_sent": 2, "revision_effective": 2, "revision_basis": "acknowledged", "revision_shipped": 1, "revision_confidence": 0.8, "released_at": at(1), "requested_at": at(1.1), "acknowledged_at": at(9), "dispatched_at": at(30), "lines": [{"line": "2", "released": "20", "acknowledged": "20", "picked": "14", "shipped": "14", "shorted": "2", "cancelled": "0"}]},
        ],
        "shipments": [
            {"key": "sh:wms.main:SH-1", "fulfillment": first, "carrier": "ups", "status": "delivered", "dispatched_at": at(6), "posted_at": at(6.5), "last_scan_at": at(20), "delivered_at": at(20)},
            {"key": "sh:3pl.west:SH-2", "fulfillment": second, "carrier": "dhl", "status": "exception", "exception": "address not found", "dispatched_at": at(30), "exception_at": at(40)},
        ],
        "packages": [
            {"key": "tr:ups:1Z99", "kind": "tr", "shipment": "sh:wms.main:SH-1", "fulfillment": first, "carrier": "ups", "status": "delivered", "first_at": at(6), "last_at": at(20), "delivered_at": at(20)},
            {"key": "pk:3pl.west:PK-7", "kind": "pk", "shipment": None, "fulfillment": second, "status": "packed", "first_at": at(28), "last_at": at(28)},
            {"key": "pk:wms.main:PK-8", "kind": "pk", "shipment": None, "fulfillment": None, "status": "packed", "first_at": at(28), "last_at": at(28)},
        ],
        "invoices": [{"key": "inv:erp.main:INV-501", "kind": "invoice", "amount": "125", "currency": "EUR", "shipment": "sh:wms.main:SH-1", "posted_at": at(8), "credited": "0"}],
        "returns": [{"key": "rma:erp.main:RMA-31", "state": "posted", "reason": "damaged", "authorised": "4", "received": "4", "posted": "3", "credited": None, "requested_at": at(30), "received_at": at(40), "posted_at": at(44)}],
        "tickets": [{"key": "ticket:desk.zen:T-5512", "status": "open", "reason": "Where is my order?", "opened_at": at(38)}],
        "said_links": [{"link_id": "00000000000000aa", "act": "link", "event_id": "0000000000000001", "a_text": None, "b_text": f"so:erp:{so}", "person": "Bo", "reason": "the driver rang", "said_at": at(41)}],
    }  # fmt: skip


def contradiction(start: datetime) -> Row:
    """The CRM tells of a shipment that has not left."""
    return {"field": "stage", "truth": "erp.main", "view": "crm.main", "truth_value": "released", "view_value": "dispatched",
            "direction": "ahead", "since": written(start), "severity": "high", "exception": None}  # fmt: skip


def positions(now: datetime, count: int = 130) -> list[Row]:
    """Items at three places: a third differs, some are promised beyond what is there, the shop's word is old."""
    return [position(n, now) for n in range(count)]


def position(n: int, now: datetime) -> Row:
    """One of them."""
    drift = (-40, 7, 0)[n % 3] if n % 2 else 0
    codes = (["inventory_drift"] if drift else []) + (["oversell_risk"] if n % 10 == 1 else [])

    def view(kind: str, partner: str | None, amount: int, hours: float) -> Row:
        at = now - timedelta(hours=hours)
        return {"view": kind, "partner": partner, "on_hand": str(amount), "available": None, "allocated": "3", "held": None, "damaged": None, "in_transit": None,
                "as_of": written(at), "arrived_at": written(at), "age_seconds": int(hours * 3600), "basis": "snapshot", "complete": True}  # fmt: skip

    views = {
        "erp.main": view("erp", "3pl.west", 200 + n, 3),
        "3pl.west": view("node", "3pl.west", 200 + n + drift, 1),
        "ecom.web": view("ecom", None, 200 + n, 26),
    }
    return {"sku": f"SKU-{n:03d}", "location": ("WH-M", "WH-W", "WH-N")[n % 3], "owner": None, "lot": None, "uom": "EA", "views": views,
            "drift": str(drift), "drift_at": written(now), "oversell": "12" if n % 10 == 1 else "0", "codes": codes,
            "freshness": {"newest_at": views["3pl.west"]["as_of"], "oldest_at": views["ecom.web"]["as_of"], "age_seconds": 26 * 3600}}  # fmt: skip


def purchases(now: datetime, count: int = 8) -> list[Row]:
    """Purchase orders, each a step further than the one before; the last is invoiced for more than came."""
    return [purchase(n, now) for n in range(count)]


def purchase(n: int, now: datetime) -> Row:
    """One of them, with lines and the orders that wait."""
    names = ("created_at", "sent_at", "acknowledged_at", "asn_at", "counted_at", "posted_at", "invoiced_at")
    stages = ("created", "sent", "acknowledged", "announced", "counted", "posted", "invoiced", "invoiced")
    times = {name: written(now - timedelta(hours=100 - 9 * i)) if i <= n else None for i, name in enumerate(names)}
    counted, invoiced = "36" if n > 3 else "0", "40" if n > 5 else "0"
    match = "invoiced_over_receipt" if n > 5 else "open"
    said = {
        "ordered": "40",
        "confirmed": "40" if n > 1 else "0",
        "announced": "36" if n > 2 else "0",
        "counted": counted,
        "posted": counted if n > 4 else "0",
        "invoiced": invoiced,
    }
    return {
        "key": f"po:erp.main:PO-{7000 + n}", "number": f"PO-{7000 + n}", "supplier": "sup.<i>nord</i>", "entity": "DE01", "location": "WH-W", "stage": stages[n % 8], "currency": "EUR", "revision": 1, "revision_confirmed": 1,
        "events": 4, "amount": "200.00", "need_by": written(now - timedelta(hours=10)), "confirmed_at": written(now + timedelta(hours=30)) if n > 1 else None, "asn_eta_at": None, "rejected_at": None, "cancelled_at": None,
        "technically_acknowledged_at": None, "cleared_at": None, "last_at": written(now - timedelta(hours=2)), "match": {match: 1}, "codes": ["receipt_discrepancy"] if n > 3 else [],
        "lines": [said | {"line": "1", "sku": "A-100", "uom": "EA", "price": "5", "match": [match]}],
        "orders": [{"order_id": "ord_0000000000000001", "so": "SO-4500037", "stage": "backordered", "promised_at": written(now + timedelta(hours=5))}],
        "judgements": [{"code": "receipt_discrepancy", "since": written(now), "owner": "buyer", "severity": "medium", "detail": "36 of 40"}] if n > 3 else [],
    } | times | said  # fmt: skip


def strays(now: datetime) -> list[Row]:
    """Events without an order: one with a guess, one without, one hostile."""

    def stray(n: int, kind: str, source: str, keys: list[str], guesses: list[Row]) -> Row:
        at = now - timedelta(hours=59 - 19 * n)
        return {"id": f"{n:016x}", "type": kind, "source": source, "partner": None, "at": written(at), "arrived_at": written(at),
                "keys": keys, "since": written(at + timedelta(hours=24)), "suggestions": guesses}  # fmt: skip

    guess = {
        "order_id": "ord_0000000000000001",
        "so": "SO-4500037",
        "key": "tr:ups:1Z99",
        "why": "leading zeros are lost",
        "confidence": 0.4,
    }
    return [
        stray(1, "shipment.in_transit", "carrier.ups", ["tr:ups:1Z98"], [guess]),
        stray(2, "invoice.posted", "erp.main", ["inv:erp.main:INV-9"], []),
        stray(3, "return.received", "wms.main", ["rma:erp.main:<b>RMA</b>"], []),
    ]


@dataclass
class Ties:
    """Remembers what was said of links."""

    said: list[tuple[str, ...]] = field(default_factory=list)

    def say(self, act: str, order: str, event: str, reason: str, who: Identity, key: str = "") -> str:
        """A word on a link."""
        self.said.append((act, order, event or key, reason, who.name))
        return f"{len(self.said):016x}"

    def undo(self, link: str, reason: str, who: Identity) -> None:
        """A word taken back."""
        self.said.append(("undo", link, reason, who.name))
