"""Generated worlds for the laws: orders whose messages come from several systems, with chains, splits and noise."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from app.engine.judge import Judge
from app.engine.rebuild import picture
from app.engine.tick import Ticker
from app.model.event import EVENT, MENTION, Message, Translation
from app.store.database import Database
from app.store.intake import Intake
from app.store.work import Work

BASE = datetime(2026, 11, 2, 8)
LINES = [
    {"line": "1", "sku": "A-1", "qty": "10", "uom": "EA", "price": "4.10"},
    {"line": "2", "sku": "B-2", "qty": "3", "uom": "EA", "price": "9"},
]


def steps(n: int) -> list[dict[str, Any]]:
    """What can be said of order `n`: by seven systems, tied by shop number, SO, FO, shipment and tracking number."""
    so, fo, sh, tr, ch = f"{n}", f"{n}-1", f"S{n}", f"1Z{n}", f"W{n}"
    said: list[tuple[str, str, int, dict[str, str], dict[str, Any]]] = [
        ("ecom.web", "order.captured", 0, {"ch": ch, "cpo": "PO-1"}, {"lines": LINES, "customer": "C-1"}),
        ("erp.main", "order.created", 5, {"so": so, "ch": ch}, {"lines": LINES, "amount": "68", "currency": "EUR"}),
        ("erp.main", "order.credit_held", 7, {"so": so}, {"hold_kind": "credit", "hold_id": "H"}),
        ("erp.main", "order.credit_released", 9, {"so": so}, {"hold_id": "H"}),
        ("erp.main", "order.released", 15, {"so": so, "fo": fo}, {"partner": "3pl.west", "lines": LINES}),
        ("mw.bus", "fulfillment.requested", 16, {"fo": fo}, {"partner": "3pl.west"}),
        ("3pl.west", "fulfillment.acknowledged", 30, {"fo": fo, "xo": f"X{n}"}, {}),
        ("3pl.west", "pick.confirmed", 40, {"xo": f"X{n}"}, {"lines": LINES[:1]}),
        ("3pl.west", "shipment.dispatched", 60, {"fo": fo, "sh": sh}, {"lines": LINES}),
        ("3pl.west", "shipment.label_created", 55, {"sh": sh, "tr": tr}, {"carrier": "ups"}),
        ("carrier.ups", "shipment.in_transit", 90, {"tr": tr}, {}),
        ("carrier.ups", "shipment.delivered", 200, {"tr": tr}, {}),
        ("erp.main", "shipment.posted", 62, {"so": so, "sh": sh}, {"lines": LINES}),
        ("erp.main", "invoice.posted", 210, {"so": so, "inv": f"I{n // 2}"}, {"lines": LINES[1:]}),
        ("crm.main", "crm.order_status_updated", 95, {"so": so}, {"status": "shipped"}),
        ("erp.main", "order.changed", 20, {"so": so}, {"revision": 2, "lines": [{**LINES[0], "qty": "8"}]}),
        ("erp.main", "order.cancelled", 25, {"so": so}, {"lines": [{**LINES[1], "qty": "1"}]}),
    ]
    return [
        {
            "source": s,
            "native_id": f"{n}/{i}",
            "type": t,
            "occurred_at": BASE + timedelta(minutes=m + n),
            "keys": k,
            **d,
        }
        for i, (s, t, m, k, d) in enumerate(said)
    ]


def noise(n: int) -> list[dict[str, Any]]:
    """What must merge nothing: a batch correlation id, one invoice for many, an FO number at two nodes."""
    at = BASE + timedelta(minutes=500)
    return [
        {
            "source": "mw.bus",
            "native_id": f"corr{n}",
            "type": "message.sent",
            "occurred_at": at,
            "keys": {"so": f"{n}", "corr": "BATCH"},
        },
        {
            "source": "3pl.east",
            "native_id": f"east{n}",
            "type": "fulfillment.acknowledged",
            "occurred_at": at,
            "keys": {"fo": f"{n}-1"},
        },
        {
            "source": "fin.main",
            "native_id": f"cpo{n}",
            "type": "payment.received",
            "occurred_at": at,
            "keys": {"cpo": "PO-1"},
            "customer": "C-1",
        },
    ]


def claims(n: int) -> list[dict[str, Any]]:
    """One id that two messages claim with different contents, one of them for another order."""
    at = BASE + timedelta(minutes=300)
    return [
        {
            "source": "erp.main",
            "native_id": "same",
            "type": "order.promise_changed",
            "occurred_at": at,
            "keys": {"so": f"{n}"},
            "promised_at": at + timedelta(days=d),
        }
        for d, n in ((1, n), (2, n), (3, n + 1))
    ]


def galaxy(seed: int, count: int = 25) -> list[dict[str, Any]]:
    """So many worlds that share nothing, so that one store holds many cases; the same seed gives the same galaxy."""
    return [event for n in range(count) for event in _world(Random(f"{seed}/{n}"), n)]


def _world(dice: Random, n: int) -> list[dict[str, Any]]:
    """Some of what can be said of one to four orders; what worlds would share is told apart by `n`."""
    orders = [10 * n + order for order in range(1, dice.randint(1, 4) + 1)]
    every = [event for order in orders for event in steps(order) + noise(order) + claims(order)]
    own = {"PO-1": f"PO-{n}", "BATCH": f"BATCH{n}", "same": f"same{n}"}
    return [
        {**event, "native_id": own.get(event["native_id"], event["native_id"]),
         "keys": {kind: own.get(value, value) for kind, value in event["keys"].items()}}
        for event in dice.sample(every, min(len(every), dice.randint(1, 30)))
    ]  # fmt: skip


def translation(events: Iterable[dict[str, Any]]) -> Translation:
    """Events as a collector would hand them over; all messages went through one gateway."""
    rows, mentions = [], []
    for item, event in enumerate(events):
        rows.append({"item": item, **{k: v for k, v in event.items() if k != "keys"}})
        mentions += [
            {"item": item, "type": k, "value": v, "issuer": "GW" if k == "msg" else None}
            for k, v in event["keys"].items()
        ]
    return Translation(pl.DataFrame(rows, schema=EVENT), pl.DataFrame(mentions, schema=MENTION))


@dataclass
class House:
    """A store with an engine, without threads of its own beyond the intake's."""

    database: Database
    intake: Intake
    work: Work
    ticker: Ticker

    @classmethod
    def build(cls, path: Path, judge: Judge) -> "House":
        database = Database(path, threads=1)
        work = Work(database)
        return cls(database, Intake(database, {}), work, Ticker(work, judge))

    def take(self, *batches: list[dict[str, Any]], ticking: bool = True) -> None:
        for batch in batches:
            message = Message("x", "x", "x", b"", BASE + timedelta(days=1))
            self.intake.put(message, translation(batch)).result()
            if ticking:
                self.ticker.run()

    def picture(self) -> dict[tuple[str, str], str]:
        """All that was derived, free of internal numbers and of arrival."""
        return {(part, name): says for part, name, says in picture(self.work).iter_rows()}

    def close(self) -> None:
        self.intake.close()
        self.work.close()
        self.database.close()
