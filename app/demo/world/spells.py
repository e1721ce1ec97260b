"""Trouble that comes over a system for some hours: late files, a wrong zone, an outage, a dead subscription, odd messages."""

from collections.abc import Callable
from typing import Any

from app.demo.world.calls import slowing
from app.demo.world.company import BUS, CRM, NORTH, SOUTH, WEST, Node
from app.demo.world.erp import Process
from app.demo.world.hours import DAY, HOUR
from app.demo.world.order import Order
from app.demo.world.stage import NUMBERED, HeldBack, Skew, Stage

#: A spell begins first on this day or on the working day after it, at this hour of the place.
_DAYS = {"F11": (1, 13), "F27": (6, 6), "F35": (3, 8), "F36": (5, 10), "F37": (4, 9), "F38": (2, 11), "F40": (5, 15)}

#: What shows in calls that are counted, and only there.
COUNTED = ("F36",)
#: Days over which a spell's rate is reckoned.
_MONTH = 30
#: So many late reports in one evening are many for anybody.
_MANY = 10


def begin(stage: Stage) -> None:
    """Put every spell of the chosen faults on the calendar."""
    for fault in stage.faults:
        if fault.id in SPELLS and fault.rate:
            stage.env.process(_recurring(stage, fault.id, max(1, round(_MONTH / fault.rate))))


def _recurring(stage: Stage, fault: str, every: int) -> Process:
    spell, place = SPELLS[fault]
    day, hour = _DAYS[fault]
    while True:
        # A place that is closed sends nothing: its trouble begins on its next working day.
        opening = place.hours.after(place.hours.at(place.hours.local(stage.start + day * DAY).date(), 0))
        yield stage.until(place.hours.at(place.hours.local(opening).date(), hour * HOUR))
        stage.env.process(spell(stage, place))
        day += every


def late_files(stage: Stage, node: Node) -> Process:
    """F11: what the node reports since noon comes in one burst in the evening; of many late reports one alert is made."""
    until = stage.now + 9 * HOUR
    stage.held_back[node.code] = HeldBack("F11", stage.now, until)
    yield stage.until(until)
    late = [
        fact for fact in stage.facts
        if (fact.source, fact.type, fact.spell) == (node.code, "shipment.dispatched", "F11") and fact.arrives > fact.at + 4 * HOUR
    ]  # fmt: skip
    if late:
        alert = stage.expect_code("slo_burning", "F11", None, max(fact.arrives for fact in late))
        # How many are many is for each house to say.
        alert.unsure = len(late) < _MANY


def wrong_zone(stage: Stage, node: Node) -> Process:
    """F27: for a day the node writes its local time as if it were UTC."""
    offset = node.hours.local(stage.now).utcoffset()
    stage.skewed[node.code] = Skew(stage.now, stage.now + 14 * HOUR, int(offset.total_seconds()) if offset else 0)
    yield stage.env.timeout(0)


def outage(stage: Stage, node: Node) -> Process:
    """F35: the node's door is shut for hours; what waits comes in a burst, some of it twice."""
    until = stage.now + stage.between(3 * HOUR, 5 * HOUR)
    about: dict[str, Any] = {"partner": node.code}
    stage.tell(BUS, "partner.outage_started", None, {}, reason="HTTP 503", **about)
    shut = stage.tell(BUS, "circuit.opened", None, {}, reason="100 % errors", **about)
    one = stage.expect("F35", 0, None, shut.arrives, subject=node.code)
    stage.outages[node.code] = (stage.now, until)
    yield stage.until(until)
    closed = stage.tell(BUS, "circuit.closed", None, {}, **about)
    stage.tell(BUS, "partner.outage_ended", None, {}, **about)
    one.until = closed.arrives


def expired(stage: Stage, node: Node) -> Process:
    """F37: the aggregator's subscription has expired; the backfill brings all of it the next morning."""
    torn(stage)
    until = stage.now + 18 * HOUR
    stage.held_back["carrier.track"] = HeldBack("F37", stage.now, until)
    stage.expect("F37", 0, None, stage.now + 13 * HOUR, until, "carrier.track")
    yield stage.until(until)


def torn(stage: Stage) -> None:
    """The CRM's stream says that changes of a record are lost; nobody compares the whole of it."""
    if known := [order for order in stage.orders if order.crm and order.promise]:
        said = stage.tell(CRM, "batch.missing", known[-1], {"crm": known[-1].crm})
        stage.expect("F37", 1, None, said.arrives, subject=CRM)


def new_word(stage: Stage, node: Node) -> Process:
    """F38: the node has a new step that nobody has heard of."""
    legs = [leg for order in stage.orders for leg in order.legs if leg.node is node and not leg.done]
    if legs:
        said = stage.tell(node.code, "unknown:order.rebinned", _of(stage, legs[-1].fo), {"fo": legs[-1].fo})
        stage.expect("F38", 0, None, said.arrives, subject=node.code)
    yield stage.env.timeout(0)


def _of(stage: Stage, fo: str) -> Order:
    return next(order for order in stage.orders if any(leg.fo == fo and leg.node is WEST for leg in order.legs))


def cut_off(stage: Stage, node: Node) -> Process:
    """F40: the next notice is cut off behind its first lines, and one of our own is mislaid; both are sent again within hours."""
    stage.cut.add(node.code)
    stage.mislaid.add(NUMBERED)
    yield stage.env.timeout(0)


def queued(stage: Stage, order: Order, keys: dict[str, str], node: Node) -> Process:
    """A request waits behind the shut door, tried again and again; it goes out in the burst."""
    until = stage.shut(node.code)
    while until and stage.now + HOUR < until:
        stage.tell(BUS, "message.retried", order, keys, partner=node.code, reason="HTTP 503")
        yield stage.env.timeout(HOUR)
    yield stage.until(until + stage.between(5, 90)) if until else stage.env.timeout(0)


SPELLS: dict[str, tuple[Callable[[Stage, Node], Process], Node]] = {
    "F11": (late_files, NORTH), "F27": (wrong_zone, WEST), "F35": (outage, WEST), "F36": (slowing, WEST), "F37": (expired, WEST),
    "F38": (new_word, WEST), "F40": (cut_off, SOUTH),
}  # fmt: skip
