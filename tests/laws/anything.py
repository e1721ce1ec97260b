"""Orders of which anything is said: any step by nearly any system, with any keys, lines and fields, often at one instant.

No distributor is like this; what must hold whatever is said, must hold here too. Nothing here knows what follows.
"""

import json
from datetime import timedelta
from random import Random
from typing import Any

from app.model.taxonomy import EVENTS
from tests.laws.worlds import BASE

Event = dict[str, Any]
_SYSTEMS = (
    "erp.main", "erp_legacy.as4", "crm.main", "ecom.web", "3pl.west", "3pl.east", "wms.main", "carrier.ups", "carrier.dhl",
    "sup.acme", "desk.main", "fin.main", "mw.bus", "edi.gateway", "tms.main", "stranger",
)  # fmt: skip
_STEPS = tuple(name for name in EVENTS if not name.startswith(("link.", "suspicion.")))
#: Steps that the ledger, the holds and the judgements live on, so that each order has several of them.
_USUAL = (
    "order.created", "order.changed", "order.released", "order.allocated", "order.backordered", "order.cancelled",
    "order.credit_held", "order.credit_released", "fulfillment.requested", "fulfillment.acknowledged", "fulfillment.rejected",
    "fulfillment.cancelled", "fulfillment.held", "fulfillment.hold_released", "pick.confirmed", "pick.shorted", "package.packed",
    "shipment.label_created", "shipment.dispatched", "shipment.voided", "shipment.posted", "shipment.delivered",
    "shipment.exception", "invoice.posted", "credit.issued", "return.received", "return.posted", "asn.received",
    "purchase_order.sent", "purchase_order.acknowledged", "crm.order_status_updated", "message.rejected", "message.acknowledged",
)  # fmt: skip
#: How many numbers of each kind an order has.
_NUMBERS = {
    "fo": 3, "sh": 2, "tr": 3, "xo": 2, "sscc": 2, "pk": 2, "pro": 1, "inv": 2, "cm": 1, "rma": 1, "rc": 1, "asn": 1, "po": 1,
    "ch": 1, "cpo": 1, "crm": 1, "ticket": 1,
}  # fmt: skip
_NAMED = {
    "order": ("fo", "ch", "cpo", "crm"), "fulfillment": ("fo", "xo"), "pick": ("fo", "xo"), "wave": ("fo",), "message": ("fo",),
    "package": ("fo", "sscc", "pk", "sh"), "shipment": ("fo", "sh", "tr", "sscc", "pro"), "invoice": ("inv", "sh"),
    "credit": ("cm", "inv", "rma"), "return": ("rma", "rc", "tr"), "asn": ("asn", "po", "sh"), "purchase_order": ("po",),
    "ticket": ("ticket", "tr"), "crm": ("crm",),
}  # fmt: skip
_FIELDS = {
    "partner": (0.5, ("3pl.west", "3pl.east", "wms.main")), "carrier": (0.3, ("ups", "dhl")), "location": (0.3, ("W", "E")),
    "customer": (0.3, ("C-1", "C-2")), "tier": (0.2, ("gold", "base")), "amount": (0.3, ("68", "12.5")),
    "status": (0.3, ("shipped", "processing", "delivered", "cancelled", "held", "odd")), "revision": (0.3, (1, 2, 3, 4)),
    "reason": (0.3, ("capacity", "stock")), "hold_kind": (0.3, ("credit", "fraud", "data")), "hold_id": (0.3, ("H1", "H2")),
}  # fmt: skip
_ATTRS = {
    "kind": ("standard", "drop_ship", "will_call", "bill_and_hold"), "ship_to": ("X", "Y"), "sold_to": ("S",),
    "expected_at": ("2026-11-06T00:00:00",), "eta": ("2026-11-07T10:00:00",), "disposition": ("scrap",),
}  # fmt: skip


def anything(seed: int, count: int) -> list[Event]:
    """What is said of so many orders; the same seed says the same. A few events name the order beside it."""
    return [event for n in range(count) for event in _of_order(Random(f"{seed}/{n}"), n)]


def in_messages(world: list[Event], seed: int) -> list[Event]:
    """The same as it went in numbered messages, some of which two orders share; words about a message name only that."""
    dice = Random(f"{seed}/messages")
    told = []
    for one in world:
        about, order = one["type"].startswith("message."), int(one["native_id"].split("/")[0])
        number = {"msg": f"M{order // dice.choice((1, 1, 1, 2))}-{dice.randint(1, 3)}"}
        named = dice.random() < (0.8 if about else 0.3)
        told.append({**one, "keys": ({} if about else one["keys"]) | number} if named else one)
    return told


def with_orders(world: list[Event], seed: int) -> list[Event]:
    """The same, and now and then each line says which order it is of: its own, or the next."""
    dice = Random(f"{seed}/orders")
    return [_with_orders(one, dice) if "lines" in one and dice.random() < 0.15 else one for one in world]


def _with_orders(one: Event, dice: Random) -> Event:
    order = int(one["native_id"].split("/")[0])
    named = [{**line, "order": f"0{order + dice.choice((0, 0, 1))}"} for line in one["lines"]]
    return {**one, "lines": named}


def _of_order(dice: Random, n: int) -> list[Event]:
    return [_event(dice, n, place) for place in range(dice.randint(3, 45))]


def _event(dice: Random, n: int, place: int) -> Event:
    step = dice.choice(_USUAL if dice.random() < 0.65 else _STEPS)
    owners = [one for one in _SYSTEMS if one.split(".")[0] in EVENTS[step][0]]
    source = dice.choice(owners if owners and dice.random() < 0.85 else _SYSTEMS)
    minute = dice.choice([dice.randint(0, 3000), dice.randint(0, 60) * 10])
    said = {
        "source": source,
        "type": step,
        "occurred_at": BASE + timedelta(minutes=minute),
        "keys": _keys(dice, n, step),
    }
    said |= {name: dice.choice(values) for name, (chance, values) in _FIELDS.items() if dice.random() < chance}
    if dice.random() < 0.55:
        said["lines"] = [_line(dice) for _ in range(dice.randint(1, 4))]
    if dice.random() < 0.25:
        said["promised_at"] = BASE + timedelta(minutes=dice.randint(0, 6000))
    if dice.random() < 0.25:
        said["attrs"] = json.dumps(
            {name: dice.choice(values) for name, values in _ATTRS.items() if dice.random() < 0.35}
        )
    return {"native_id": f"{n}/{place}", **said}


def _keys(dice: Random, n: int, step: str) -> dict[str, str]:
    order = n + 1 if dice.random() < 0.02 else n
    keys = {"so": f"{order}"} if dice.random() < 0.6 else {}
    kinds = _NAMED.get(step.split(".", maxsplit=1)[0], tuple(_NUMBERS))
    keys |= {kind: f"{kind}{n}-{dice.randint(1, _NUMBERS[kind])}" for kind in kinds if dice.random() < 0.55}
    return keys or {"so": f"{order}"}


def _line(dice: Random) -> dict[str, str | None]:
    """A line may come twice in one event, without its number, or without anything but a quantity."""
    number = dice.randint(1, 3)
    return {
        "line": str(number) if dice.random() < 0.85 else None, "sku": f"K{number}" if dice.random() < 0.9 else None,
        "qty": dice.choice(["0", "1", "2", "3", "4.5", "10"]) if dice.random() < 0.95 else None,
        "uom": dice.choice(["EA", "CS", None]), "price": dice.choice(["1.5", "2", None]),
    }  # fmt: skip
