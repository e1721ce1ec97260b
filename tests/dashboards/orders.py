"""The made-up orders of the pages' sample: one for every stage of the way, two in three with a fault."""

import random
from datetime import datetime, timedelta
from typing import Any

from app.cases import Intent
from app.clock import written
from tests.dashboards import records

Row = dict[str, Any]
CUSTOMERS = (
    "Acme Retail",
    "Borealis",
    "Cobalt Home",
    "Fjord Sports",
    "Kestrel",
    "Nordvik",
    "<b>Bold & Sons</b>",
    '=HYPERLINK("http://x")',
)
PARTNERS = {
    "3pl.west": "Westport Logistics",
    "3pl.north": "Nordlager",
    "3pl.iona": "Iona Fulfillment",
    "carrier.ups": "UPS",
}
CODES = (
    ("order_blocked", "hold:credit", "critical", "erp.main", "credit-desk"),
    ("ack_overdue", "ack_overdue", "high", "3pl.west", "3pl-desk"),
    ("release_overdue", "release_overdue", "medium", "erp.main", "order-desk"),
    ("release_not_sent", "release_not_sent", "high", "mw.hub", "integration"),
    ("delivery_late", "delivery_late", "high", "carrier.ups", "3pl-desk"),
    ("invoice_overdue", "invoice_overdue", "low", "erp.main", "finance"),
    ("crm_update_late", "crm_update_late", "low", "crm.main", "integration"),
)
BLOCKING = ("order_blocked", "ack_overdue", "release_overdue", "release_not_sent")
PATH = (
    ("order.captured", "ecom.shop", 0), ("order.created", "erp.main", 12), ("crm.order_status_updated", "crm.main", 25),
    ("order.released", "erp.main", 95), ("fulfillment.requested", "edi.gw", 99), ("fulfillment.acknowledged", "3pl.west", 210),
    ("pick.confirmed", "3pl.west", 420), ("shipment.dispatched", "3pl.west", 520), ("shipment.posted", "erp.main", 545),
    ("crm.order_status_updated", "crm.main", 560), ("shipment.in_transit", "carrier.ups", 640), ("shipment.delivered", "carrier.ups", 1500),
)  # fmt: skip
STAGE = (
    "captured",
    "created",
    "created",
    "released",
    "requested",
    "acknowledged",
    "picking",
    "dispatched",
    "dispatched",
    "dispatched",
    "in_transit",
    "delivered",
)


def order(n: int, now: datetime, chance: random.Random) -> Row:
    """One order somewhere on its way; two in three have a fault."""
    fault = CODES[n % len(CODES)] if n % 3 else None
    steps = 4 + n % 9 if not fault or fault[0] not in BLOCKING else (3, 5, 2, 4)[BLOCKING.index(fault[0])]
    start = now - timedelta(minutes=(PATH[steps - 1][2] + chance.randint(30, 1900)))
    seen = [(kind, system, start + timedelta(minutes=m * (1 + n % 3 * 0.2))) for kind, system, m in PATH[:steps]]
    so, id = f"SO-{4500000 + n * 37}", f"ord_{n:016x}"
    timeline = [event(k, s, at, i) for i, (k, s, at) in enumerate(seen)]
    due = start + timedelta(hours=8)
    promised = start + timedelta(hours=30)
    timeline.append({"at": written(due), "arrived_at": None, "system": "S06", "type": "ack_overdue", "title": "S06 due", "detail": "breached" if due < now else "running", "kind": "due", "inferred": False, "event_id": "", "status": "bad" if due < now else "planned"})  # fmt: skip
    shipped = "10" if steps >= 8 else "0"
    return {
        "order_id": id, "so": so, "keys": {"so": [so], "cpo": [f"88-{20000 + n // 2}"], "ch": [f"W-{n}"]}, "customer": CUSTOMERS[n % len(CUSTOMERS)],
        "value": f"{chance.randint(200, 24000)}.{n % 100:02d}", "currency": "EUR", "stage": STAGE[steps - 1], "partly": False, "late": promised < now,
        "promised_at": written(promised), "partner": "3pl.west", "fault": fault, "timeline": timeline, "diverged": [records.contradiction(start)] if n % 4 == 1 else [], **(records.documents(so, start) if n % 4 == 1 else {}),
        "holds": [{"id": "H1", "kind": "credit", "system": "erp.main", "started_at": written(seen[1][2]), "ended_at": None}] if fault and fault[0] == "order_blocked" else [],
        "views": {"erp.main": {"raw": "REL", "stage": STAGE[steps - 1], "at": written(seen[-1][2])}, "crm.main": {"raw": "shipped" if n % 4 == 1 else "processing", "stage": "dispatched" if n % 4 == 1 else "created", "at": written(seen[2][2] if steps > 2 else seen[-1][2])}, "3pl.west": {"raw": "P1", "stage": "requested", "at": written(seen[-1][2])}},
        "lines": [{"line": str(k), "sku": f"SKU-{100 * k}", **dict.fromkeys(("cancelled", "delivered", "invoiced", "returned", "credited"), "0"), "ordered": "10", "allocated": "10", "released": "10", "picked": shipped, "shipped": shipped} for k in (1, 2)],
        "dues": [
            {"sla": "S02", "code": "release_overdue", "subject": f"order:{id}", "started_at": written(seen[0][2]), "due_at": written(start + timedelta(hours=2)), "met_at": written(start + timedelta(minutes=95)), "state": "met"},
            {"sla": "S06", "code": "ack_overdue", "subject": f"fo:3pl.west:{so}-1", "started_at": written(start), "due_at": written(due), "met_at": None, "state": "breached" if due < now else "running"},
            {"sla": "S14", "code": "delivery_late", "subject": f"order:{id}", "started_at": written(start), "due_at": written(promised), "met_at": None, "state": "breached" if promised < now else "running"},
        ],
    }  # fmt: skip


def event(kind: str, system: str, at: datetime, n: int) -> Row:
    """One entry of a timeline, a few heard late, one inferred."""
    return {"at": written(at), "arrived_at": written(at + timedelta(minutes=14 if n == 2 else 0)), "system": system, "type": kind, "title": kind, "detail": "processing" if kind.startswith("crm") else "",
            "kind": "event", "inferred": n == 6, "event_id": f"{n:016x}", "status": "ok"}  # fmt: skip


def intent(seq: int, o: Row, now: datetime) -> Intent:
    """The fault of an order as the engine tells it."""
    code, cause, severity, system, owner = o["fault"]
    since = now - timedelta(minutes=40 + seq * 13 % 2900)
    return Intent(
        seq=seq, at=now, action="raise", code=code, subject_type="order", subject=o["order_id"], occurrence="1", rule="S00", rule_version="1",
        order_id=o["order_id"], so=o["so"], customer=o["customer"], partner=tuple(PARTNERS)[seq % 3], system=system, cause=cause, severity=severity, owner=owner,
        value=o["value"], currency="EUR", started_at=since, due_at=since + timedelta(hours=seq * 7 % 60), detected_at=now, condition="active", confidence="confirmed",
    )  # fmt: skip
