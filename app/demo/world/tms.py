"""The transport desk: freight is tendered to its carrier, who answers, and booked; a parcel is simply handed over."""

from typing import Any

from app.demo.world.company import TMS, Carrier
from app.demo.world.erp import Process
from app.demo.world.hours import MINUTE
from app.demo.world.order import Leg, Order
from app.demo.world.stage import Stage


def booked(stage: Stage, order: Order, leg: Leg, carrier: Carrier) -> Process:
    """A load for a leg: offered, taken within minutes of the carrier's desk, and booked."""
    load = f"LD{stage.number('load', 80_001)}"
    keys = {"so": order.number, "ld": load}
    about: dict[str, Any] = {"carrier": carrier.code, "partner": carrier.source, "location": leg.node.location}
    offered = stage.tell(TMS, "load.tendered", order, keys, **about)
    yield stage.until(offered.heard + stage.between(2 * MINUTE, 14 * MINUTE))
    taken = stage.tell(carrier.source, "load.accepted", order, {"ld": load}, carrier=carrier.code)
    yield stage.until(taken.heard + stage.between(10, 90))
    stage.tell(TMS, "shipment.booked", order, keys, **about)
