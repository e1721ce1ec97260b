"""What becomes of goods in the made-up world: splits, shortages, returns, stale instructions, stock and supply."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from app.demo.order import DAY, HOUR, MINUTE, NODES, SKUS, Json, Order, said, until, written

_WEST, _PLACE, _CARRIER = NODES[0]


def _western(number: int, start: datetime, dice: random.Random) -> Order:
    """An order for the node that reports everything."""
    order = Order(number, start, dice)
    order.node, order.location, order.carrier = _WEST, _PLACE, _CARRIER
    return order


def _billed(order: Order, lines: list[Json]) -> None:
    """Finance bills what has left."""
    keys = {"so": order.so, "sh": order.sh, "inv": f"INV-{order.number}"}
    order.say("erp.main", "invoice.posted", 12 * HOUR, keys, issuers={"sh": order.node}, currency="EUR", lines=lines)


def split(number: int, now: datetime, dice: random.Random) -> Order:
    """Two nodes share the order: one leg has arrived, nothing is heard of the other since it was taken on."""
    order = _western(number, now - 3 * DAY, dice)
    order.lines = [
        {"line": str(at), "sku": sku, "qty": "4", "uom": "EA", "price": p} for at, (sku, p) in enumerate(SKUS[:2], 1)
    ]
    until(order, Order.allocated)
    for at, (node, place, _) in enumerate((NODES[0], NODES[2])):
        keys, line = {"so": order.so, "fo": f"{order.so}-{at + 1}"}, [order.lines[at]]
        order.say("erp.main", "order.released", 50 * MINUTE, keys, revision=1, lines=line, partner=node, location=place)
        order.say("mw.bus", "fulfillment.requested", 52 * MINUTE, {"fo": keys["fo"]}, partner=node, revision=1)
        order.say(node, "fulfillment.acknowledged", 95 * MINUTE, {"fo": keys["fo"]}, revision=1)
    order.shown("released", 54 * MINUTE)
    order.say(_WEST, "pick.confirmed", 4 * HOUR, {"fo": order.fo}, lines=order.lines[:1])
    keys = {"fo": order.fo, "sh": order.sh, "tr": order.tracking}
    order.say(_WEST, "shipment.dispatched", 6 * HOUR, keys, lines=order.lines[:1], carrier=_CARRIER)
    order.say(
        "erp.main",
        "shipment.posted",
        370 * MINUTE,
        {"so": order.so, "sh": order.sh},
        issuers={"sh": _WEST},
        lines=order.lines[:1],
    )
    _billed(order, order.lines[:1])
    order.shown("shipped", 6 * HOUR + 9 * MINUTE)
    order.moving()
    order.delivered()
    return order


def short(number: int, now: datetime, dice: random.Random) -> Order:
    """The shelf held less than the system: the rest waits for a purchase order that comes after the promise."""
    order = _western(number, now - 2 * DAY, dice)
    order.lines = [{"line": "1", "sku": SKUS[0][0], "qty": "10", "uom": "EA", "price": SKUS[0][1]}]
    until(order, Order.acknowledged)
    less, rest = ([order.lines[0] | {"qty": qty}] for qty in ("7", "3"))
    order.say(_WEST, "pick.shorted", 4 * HOUR, {"fo": order.fo}, lines=rest, reason="stock")
    order.say(_WEST, "pick.confirmed", 4 * HOUR, {"fo": order.fo}, lines=less)
    keys = {"fo": order.fo, "sh": order.sh, "tr": order.tracking}
    order.say(_WEST, "shipment.dispatched", 6 * HOUR, keys, lines=less, carrier=_CARRIER)
    order.shown("shipped", 6 * HOUR + 9 * MINUTE)
    order.say(
        "erp.main", "shipment.posted", 370 * MINUTE, {"so": order.so, "sh": order.sh}, issuers={"sh": _WEST}, lines=less
    )
    _billed(order, less)
    bought = f"PO-7{number}"
    order.say(
        "erp.main",
        "order.backordered",
        7 * HOUR,
        {"so": order.so, "po": bought},
        lines=rest,
        promised_at=written(order.promise + 6 * DAY),
    )
    order.say(
        "erp.main",
        "purchase_order.created",
        8 * HOUR,
        {"po": bought},
        supplier="sup.acme",
        lines=rest,
        need_by=written(order.promise),
    )
    order.say("erp.main", "purchase_order.sent", 8 * HOUR + 5 * MINUTE, {"po": bought}, supplier="sup.acme")
    order.say(
        "sup.acme",
        "purchase_order.acknowledged",
        14 * HOUR,
        {"po": bought},
        lines=rest,
        confirmed_at=written(order.promise + 5 * DAY),
    )
    return order


def returned(number: int, now: datetime, dice: random.Random) -> Order:
    """Delivered, sent back and received; in one of two the stock posting and the credit are still missing."""
    order = _western(number, now - 12 * DAY, dice)
    until(order, Order.invoiced)
    order.delivered()
    keys, back = {"so": order.so, "rma": f"R-{number}"}, order.lines[:1]
    order.say("desk.main", "ticket.opened", 3 * DAY, {"so": order.so, "ticket": f"T-{number}"}, reason="damaged")
    order.say(
        "desk.main",
        "return.requested",
        3 * DAY + HOUR,
        keys,
        reason="damaged",
        lines=back,
    )
    order.say("erp.main", "return.authorized", 4 * DAY, keys, lines=back)
    order.say(
        _WEST,
        "return.received",
        8 * DAY,
        {"rma": f"R-{number}", "rc": f"RC-{number}"},
        lines=back,
    )
    order.say(
        _WEST,
        "return.inspected",
        8 * DAY + 2 * HOUR,
        {"rma": f"R-{number}"},
        disposition="restock",
    )
    if dice.random() < 1 / 2:
        order.say("erp.main", "return.posted", 9 * DAY, keys, lines=back)
        worth = f"{int(back[0]['qty']) * float(back[0]['price']):.2f}"
        order.say(
            "erp.main",
            "credit.issued",
            10 * DAY,
            keys | {"cm": f"CM-{number}"},
            amount=worth,
            currency="EUR",
            lines=back,
        )
    return order


def stale(number: int, now: datetime, dice: random.Random) -> Order:
    """The customer took two pieces off, the node agreed, and shipped what stood there before."""
    order = _western(number, now - 30 * HOUR, dice)
    order.lines = [{"line": "1", "sku": SKUS[1][0], "qty": "6", "uom": "EA", "price": SKUS[1][1]}]
    until(order, Order.acknowledged)
    order.say(
        "erp.main", "order.changed", 2 * HOUR, {"so": order.so}, revision=2, lines=[order.lines[0] | {"qty": "4"}]
    )
    order.say("mw.bus", "fulfillment.change_requested", 2 * HOUR + MINUTE, {"fo": order.fo}, partner=_WEST, revision=2)
    order.say(_WEST, "fulfillment.acknowledged", 150 * MINUTE, {"fo": order.fo}, revision=2)
    order.picked()
    order.packed()
    order.dispatched()
    order.posted()
    _billed(order, order.lines)
    return order


def stock(now: datetime, dice: random.Random) -> Iterator[Json]:
    """A day of counts at each node beside the ERP's books, one of them adrift, and a delivery that nobody expected."""
    for hours in (26, 14, 2):
        at = now - timedelta(hours=hours)
        for node, place, _ in NODES:
            if node in (_WEST, "wms.main"):
                counted = {sku: 400 + 10 * n - hours for n, (sku, _) in enumerate(SKUS)}
                booked = counted | ({SKUS[2][0]: counted[SKUS[2][0]] - 35} if node == _WEST else {})
                yield _counted(node, place, node, at, counted)
                yield _counted("erp.main", place, node, at, booked)
    yield said(
        _WEST, "shipment.dispatched", now - 27 * HOUR, f"stray/{dice.randint(100, 999)}", {"sh": "SH-STRAY-1"}, lines=[]
    )


def _counted(source: str, place: str, node: str, at: datetime, quantities: dict[str, int]) -> Json:
    lines = [{"sku": sku, "qty": str(quantity)} for sku, quantity in quantities.items()]
    name = f"count/{source}/{place}/{at:%m%d%H}"
    return said(source, "inventory.snapshot", at, name, {}, location=place, partner=node, complete=True, lines=lines)
