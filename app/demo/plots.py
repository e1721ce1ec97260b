"""What can become of an order: one plot for every state that is open today and for every exception of the rules."""

import random
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from app.demo.goods import returned, short, split, stale
from app.demo.order import DAY, HOUR, MINUTE, Order, until

#: Where a finished order was held up, and for how long: release, hand-over, acknowledgment, CRM, invoice.
HICCUPS = (
    (50 * MINUTE, 4 * HOUR), (52 * MINUTE, 25 * MINUTE), (95 * MINUTE, 7 * HOUR), (95 * MINUTE, 5 * HOUR),
    (6 * HOUR + 9 * MINUTE, 30 * MINUTE), (12 * HOUR, 40 * HOUR),
)  # fmt: skip
Plot = Callable[[int, datetime, random.Random], Order]


def finished(number: int, start: datetime, dice: random.Random) -> Order:
    """All steps done; one in twelve reached its customer late, and one in eight was held up at some step before."""
    order = Order(number, start, dice)
    if dice.random() < (1 / 5 if order.node == "3pl.west" else 1 / 10):
        order.delayed_from, order.delay = dice.choice(HICCUPS)
    until(order, Order.invoiced)
    order.delivered(5 * DAY if dice.random() < 1 / 12 else 2 * DAY + dice.random() * DAY)
    return order


def standing(last: Callable[[Order], None], age: timedelta) -> Plot:
    """An order that began `age` ago and has come as far as one step."""

    def plot(number: int, now: datetime, dice: random.Random) -> Order:
        order = Order(number, now - age - dice.random() * 20 * MINUTE, dice)
        until(order, last)
        return order

    return plot


def held(number: int, now: datetime, dice: random.Random) -> Order:
    """Finance holds the order for its credit limit."""
    order = standing(Order.created, 3 * HOUR)(number, now, dice)
    order.say(
        "erp.main",
        "order.credit_held",
        10 * MINUTE,
        {"so": order.so},
        hold={"kind": "credit", "id": f"H{number}"},
        reason="over limit",
    )
    return order


def address_held(number: int, now: datetime, dice: random.Random) -> Order:
    """Somebody must look at the address."""
    order = standing(Order.created, 5 * HOUR)(number, now, dice)
    order.say(
        "erp.main",
        "order.hold_placed",
        12 * MINUTE,
        {"so": order.so},
        hold={"kind": "address", "id": f"A{number}"},
        reason="postal code unknown",
    )
    return order


def out_of_stock(number: int, now: datetime, dice: random.Random) -> Order:
    """Nothing on the shelf and no date for more."""
    order = standing(Order.created, 100 * MINUTE)(number, now, dice)
    order.say("erp.main", "order.backordered", 20 * MINUTE, {"so": order.so}, lines=order.lines, reason="no supply")
    return order


def rejected(number: int, now: datetime, dice: random.Random) -> Order:
    """The node refuses the order."""
    order = standing(Order.requested, 4 * HOUR)(number, now, dice)
    order.say(order.node, "fulfillment.rejected", 80 * MINUTE, {"fo": order.fo}, reason="capacity")
    return order


def node_held(number: int, now: datetime, dice: random.Random) -> Order:
    """The node took the order and then set it aside."""
    order = standing(Order.acknowledged, 5 * HOUR)(number, now, dice)
    order.say(
        order.node, "fulfillment.held", 3 * HOUR, {"fo": order.fo}, hold={"kind": "quality"}, reason="damaged pallet"
    )
    return order


def carrier_trouble(number: int, now: datetime, dice: random.Random) -> Order:
    """The carrier reports damage and nothing after it."""
    order = standing(Order.moving, 30 * HOUR)(number, now, dice)
    order.invoiced()
    order.say(
        f"carrier.{order.carrier}",
        "shipment.exception",
        26 * HOUR,
        {"tr": order.tracking},
        status="damaged",
        reason="damage in hub",
    )
    return order


def overdue(number: int, now: datetime, dice: random.Random) -> Order:
    """Still on the road a day after the promise."""
    order = standing(Order.invoiced, 5 * DAY)(number, now, dice)
    return order


def unshown(number: int, now: datetime, dice: random.Random) -> Order:
    """It left the house hours ago; the CRM still shows it as released."""
    order = Order(number, now - 11 * HOUR, dice)
    until(order, Order.packed)
    order.say(
        order.node,
        "shipment.dispatched",
        6 * HOUR,
        {"fo": order.fo, "sh": order.sh, "tr": order.tracking},
        lines=order.lines,
        carrier=order.carrier,
    )
    order.posted()
    return order


def unbilled(number: int, now: datetime, dice: random.Random) -> Order:
    """Delivered, and three days later nobody has invoiced it."""
    order = Order(number, now - 5 * DAY, dice)
    until(order, Order.moving)
    order.delivered()
    return order


def cancelled(number: int, now: datetime, dice: random.Random) -> Order:
    """The customer changed their mind in time."""
    order = standing(Order.allocated, 2 * HOUR)(number, now, dice)
    order.say("ecom.web", "order.cancel_requested", 30 * MINUTE, {"ch": order.channel_order}, reason="changed mind")
    order.say("erp.main", "order.cancelled", 40 * MINUTE, {"so": order.so}, reason="customer request")
    return order


#: In turn, so that a few hundred orders hold each several times. S01, S02, S04 and S06 are steps that never came.
PLOTS: tuple[Plot, ...] = (
    standing(Order.captured, 5 * MINUTE), standing(Order.captured, 2 * HOUR), standing(Order.created, 30 * MINUTE),
    standing(Order.created, 30 * HOUR), standing(Order.allocated, 40 * MINUTE), standing(Order.released, 3 * HOUR),
    standing(Order.requested, 80 * MINUTE), standing(Order.requested, 30 * HOUR), held, standing(Order.acknowledged, 3 * HOUR),
    address_held, out_of_stock, rejected, standing(Order.picked, 270 * MINUTE), node_held, standing(Order.packed, 330 * MINUTE),
    standing(Order.posted, 7 * HOUR), carrier_trouble, overdue, unshown, unbilled, cancelled, standing(Order.moving, 26 * HOUR),
    split, short, returned, stale,
)  # fmt: skip


def world(orders: int, now: datetime, seed: int = 7) -> Iterator[Order]:
    """`orders` orders that end at `now`: two thirds finished over the last month, the others in every plot in turn."""
    dice = random.Random(seed)
    for at in range(orders):
        own = random.Random(dice.getrandbits(64))
        number = 450_000 + at
        if at % 3:
            yield finished(number, now - 3 * DAY - own.random() * 27 * DAY, own)
        else:
            yield PLOTS[(at // 3) % len(PLOTS)](number, now, own)
