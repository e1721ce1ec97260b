"""F42: numbers that many orders share and traces that say little: nothing may be merged by them, and nothing raised.

Fulfillment orders have the same numbers at every node in any case. On top of that some customers have one invoice a day, all
that a truck of our own warehouse takes has one bill of lading, the legacy ERP hands over a whole day in one trace, and on its
way into files a trace breaks: what comes behind knows the node's number alone.
"""

from typing import Any

from app.demo.world.company import LEGACY, MAIN, OFFICE
from app.demo.world.order import Leg, Order
from app.demo.world.stage import Stage


def invoice(stage: Stage, order: Order) -> str:
    """The number under which an order is billed now: that of the day for all of a customer's, on which it stands but once."""
    customer = order.customer
    if not (customer.collective and stage.occasion("F42")):
        return _invoice(stage, order)
    day = f"{customer.number} {OFFICE.local(stage.now):%Y%m%d}"
    number, billed = stage.collected.setdefault(day, (_invoice(stage, order), set()))
    if order.number in billed:
        return _invoice(stage, order)
    billed.add(order.number)
    return number


def _invoice(stage: Stage, order: Order) -> str:
    return f"{stage.number('invoice ' + order.customer.erp.entity, 90_001)}"


def lading(stage: Stage, leg: Leg) -> dict[str, str]:
    """The bill of lading of the truck that leaves now."""
    return {"bol": f"BOL{MAIN.hours.local(stage.now):%y%m%d}"} if leg.node is MAIN and stage.occasion("F42") else {}


def tracing(stage: Stage, order: Order, leg: Leg) -> dict[str, Any]:
    """What the spans of a hand-over are like: in the trace of a whole `batch`, or `torn` on the way into a file."""
    if not stage.occasion("F42"):
        return {}
    batch = {"batch": f"{OFFICE.local(stage.now):%Y%m%d}"} if order.customer.erp is LEGACY else {}
    return batch | ({"torn": True} if leg.node.wire == "csv" else {})
