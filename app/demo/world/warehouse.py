"""What a node does with a leg: it takes it or not, waits for the wave, picks, packs, and loads the truck of the day."""

from collections.abc import Iterator
from dataclasses import replace

from app.demo.world import shipping
from app.demo.world.company import CRM, NODES, OFFICE, Node
from app.demo.world.desk import ticket
from app.demo.world.erp import Process, bus_or_gateway, cancelled, change, hold_source, new_leg, release, show, smaller
from app.demo.world.hours import HOUR, MINUTE
from app.demo.world.order import Fact, Leg, Line, Order
from app.demo.world.sending import hand_over, requested
from app.demo.world.stage import Expected, Stage, soon

CHANGED, CANCELLED = 0.03, 0.01


def node_says(stage: Stage, kind: str, order: Order, leg: Leg, **more: object) -> Fact | None:
    """The node reports a step, where its wire knows such a report; None where it has no way to say it."""
    if kind not in leg.node.tells:
        return None
    keys = {"fo": leg.fo} | dict(more.pop("keys", {}))  # type: ignore[call-overload]
    lines = more.pop("lines", ())
    said = stage.tell(leg.node.code, kind, order, keys, lines, **more)  # type: ignore[arg-type]
    leg.heard_of(said)
    return said


def work(stage: Stage, order: Order, leg: Leg) -> Process:
    """From the request to the truck."""
    asked_at = stage.now
    if order.fault == "F05" and "fulfillment.rejected" in leg.node.tells and leg is order.legs[0]:
        yield from refuse(stage, order, leg)
        return
    if order.fault == "F31" and leg is order.legs[-1] and len(order.legs) > 1:
        # The request lies where nobody looks, until somebody asks for it a week later.
        yield stage.until(leg.node.hours.days_later(stage.now, 6) + stage.between(0, 4 * HOUR))
        asked_at = stage.now
    yield from acknowledge(stage, order, leg)
    picking, truck = timetable(stage, leg.node, asked_at)
    yield from before_pick(stage, order, leg, picking)
    if leg.cancelled and order.fault != "F16":
        return
    yield stage.until(picking)
    yield from pick(stage, order, leg)
    yield from after_pick(stage, order, leg)
    yield from shipping.leave(stage, order, leg, max(truck, stage.now + 20 * MINUTE))


def timetable(stage: Stage, node: Node, asked_at: int) -> tuple[int, int]:
    """(when the picking begins, when the truck leaves): today for what came before the cut-off."""
    day = node.hours.shipping_day(asked_at)
    truck = node.hours.at(day, node.truck * HOUR) + stage.between(0, 20 * MINUTE)
    earliest = max(stage.now + 15 * MINUTE, node.hours.at(day, node.hours.opens * HOUR))
    latest = max(earliest + MINUTE, truck - 70 * MINUTE)
    return stage.between(earliest, latest), truck


def refuse(stage: Stage, order: Order, leg: Leg) -> Process:
    """The node will not have it; the order desk gives it to another, or to the same with other dates."""
    yield stage.until(leg.node.hours.add(stage.now, stage.between(10 * MINUTE, 50 * MINUTE)))
    said = node_says(stage, "fulfillment.rejected", order, leg, reason="capacity")
    missing = stage.expect("F05", 0, order, said.arrives if said else stage.now, subject=leg.subject)
    leg.cancelled = True
    if said:
        stage.env.process(told_service(stage, order, said))
    yield stage.until(OFFICE.add(stage.now + HOUR, stage.between(HOUR, 5 * HOUR)))
    others = [code for code in order.customer.nodes if code != leg.node.code]
    again = new_leg(stage, order, NODES[others[0]] if others else leg.node, leg.lines)
    order.legs.append(again)
    released = release(stage, order, again)
    missing.until = released.arrives
    order.fault = "F05 done"
    yield from hand_over(stage, order, again, released)
    yield from work(stage, order, again)


def told_service(stage: Stage, order: Order, said: Fact) -> Process:
    """The desk has a ticket of the refusal within minutes."""
    yield stage.until(said.heard + stage.between(3 * MINUTE, 15 * MINUTE))
    ticket(stage, order, "warehouse refused the order")


def acknowledge(stage: Stage, order: Order, leg: Leg) -> Process:
    """The node says that it will do it; where its wire has no such word, nothing is heard until it ships."""
    least, most = {"rest": (2, 40), "events": (3, 60), "csv": (10, 100)}.get(leg.node.wire, (5, 30))
    silent = order.fault == "F04" and leg is order.legs[0]
    wait = stage.between(5 * HOUR, 11 * HOUR) if silent else stage.between(least * MINUTE, most * MINUTE)
    yield stage.until(leg.node.hours.add(stage.now, wait))
    said = node_says(stage, "fulfillment.acknowledged", order, leg, revision=leg.revision)
    if order.fault == "F44" and said:
        said.arrives = leg.node.hours.add(said.at, 5 * HOUR) + HOUR


def before_pick(stage: Stage, order: Order, leg: Leg, picking: int) -> Process:
    """A change or a cancellation in time, and holds of either side."""
    room = picking - stage.now
    answers = "fulfillment.acknowledged" in leg.node.tells
    if order.fault in ("F15", "F16"):
        yield from trouble_before_pick(stage, order, leg)
    elif answers and room > 2 * HOUR and (order.fault == "F06" or (not order.fault and stage.dice.random() < CHANGED)):
        yield from changed_in_time(stage, order, leg)
    elif answers and not order.fault and room > 2 * HOUR and stage.dice.random() < CANCELLED and len(order.legs) == 1:
        yield from cancelled_in_time(stage, order, leg)


def changed_in_time(stage: Stage, order: Order, leg: Leg) -> Process:
    """A new revision that the node takes on before it picks."""
    yield soon(stage, 5, 30)
    before = leg.lines
    said = change(stage, order, smaller(stage, leg.lines))
    leg.lines = tuple(next((n for n in order.lines if n.number == line.number), line) for line in leg.lines)
    leg.revision = order.revision
    yield stage.until(said.heard + stage.between(20, 90))
    requested(stage, order, leg, "fulfillment.change_requested")
    yield soon(stage, 5, 40)
    node_says(stage, "fulfillment.acknowledged", order, leg, revision=leg.revision)
    if order.fault == "F06":
        leg.stale = before


def cancelled_in_time(stage: Stage, order: Order, leg: Leg) -> Process:
    """The node lets it go, then the ERP strikes it out."""
    yield soon(stage, 5, 40)
    requested(stage, order, leg, "fulfillment.cancel_requested")
    yield soon(stage, 4, 20)
    leg.cancelled = True
    said = node_says(stage, "fulfillment.cancelled", order, leg)
    yield stage.until((said.heard if said else stage.now) + stage.between(30, 200))
    cancelled(stage, order)


def trouble_before_pick(stage: Stage, order: Order, leg: Leg) -> Process:
    """F15: the node holds what the ERP released. F16: it will ship in spite of a hold, or of a cancellation."""
    yield soon(stage, 3, 15)
    if order.fault == "F15":
        held = node_says(
            stage, "fulfillment.held", order, leg, reason="quality", hold={"kind": "quality", "id": f"Q{leg.fo}"}
        )
        if held is None:
            return
        # While a node holds it the order cannot go on either.
        open_ = [
            stage.expect("F15", 0, order, held.arrives),
            stage.expect_code("order_blocked", "F15", order, held.arrives),
        ]
        yield stage.until(leg.node.hours.add(stage.now, stage.between(2 * HOUR, 6 * HOUR)))
        free = node_says(stage, "fulfillment.hold_released", order, leg, hold={"kind": "quality", "id": f"Q{leg.fo}"})
        for one in open_:
            one.until = free.arrives if free else None
    elif "fulfillment.acknowledged" in leg.node.tells and int(order.number[-1]) % 2 and len(order.legs) == 1:
        yield from cancelled_in_time(stage, order, leg)
    else:
        hold = {"kind": "fraud", "id": f"H{stage.number('hold', 501)}"}
        placed = stage.tell(
            hold_source(order), "order.hold_placed", order, {"so": order.number}, reason="address check", hold=hold
        )
        show(stage, order, "On Hold", placed)
        stage.env.process(freed(stage, order, placed, stage.expect_code("order_blocked", "F16", order, placed.arrives)))


def freed(stage: Stage, order: Order, placed: Fact, blocked: Expected) -> Process:
    """F16: the hold is decided a day later, when the goods have long been gone."""
    diverged = stage.expect_code("status_diverged", "F16", order, placed.arrives + HOUR)
    while not any(leg.done for leg in order.legs):
        yield stage.env.timeout(HOUR)
    yield stage.until(OFFICE.add(stage.now, stage.between(2 * HOUR, 9 * HOUR)))
    released = stage.tell(placed.source, "order.hold_released", order, {"so": order.number}, hold=placed.data["hold"])
    blocked.until = diverged.until = released.arrives
    diverged.since = min(_denied(stage, order, placed), default=released.arrives)


def _denied(stage: Stage, order: Order, placed: Fact) -> Iterator[int]:
    """When it showed that not all know of a hold: the node has taken the order on, or works on, and shows no hold an hour after
    it was known (4.4 b); and the CRM, which has one word only, says "Shipped"."""
    for fact in stage.facts:
        if fact.so == order.number:
            works = fact.type in ("wave.released", "pick.confirmed", "package.packed") and fact.at > placed.at
            if fact.source in NODES and (works or fact.type == "fulfillment.acknowledged"):
                yield max(fact.arrives, placed.arrives + HOUR)
            elif fact.source == CRM and fact.data.get("status") == "Shipped" and fact.at > placed.at:
                yield fact.arrives + 15 * MINUTE


def pick(stage: Stage, order: Order, leg: Leg) -> Process:
    """One of the pickers walks the leg; what is not on the shelf is short."""
    node_says(stage, "wave.released", order, leg)
    with stage.pickers[leg.node.code].request() as free:
        yield free
        yield stage.env.timeout(stage.between(3 * MINUTE, 14 * MINUTE))
    leg.picked = leg.stale or leg.lines
    if order.fault in ("F12", "F13"):
        shipping.shorten(stage, order, leg)
    if order.fault == "F14" and leg is order.legs[0]:
        first = leg.lines[0]
        leg.picked = (first.of(first.qty + 1 + first.qty // 4), *leg.lines[1:])
    said = node_says(stage, "pick.confirmed", order, leg, lines=named_at(order, leg))
    if order.fault == "F39" and said and leg is order.legs[0]:
        stage.expect("F39", 0, order, said.arrives)


def named_at(order: Order, leg: Leg) -> tuple[Line, ...]:
    """What was picked. F39: the node has an article under a name of its own, and nobody has noted which that is."""
    lines = leg.picked or leg.lines
    if order.fault != "F39" or leg is not order.legs[0]:
        return lines
    return (replace(lines[0], sku=f"ART-{lines[0].sku}"), *lines[1:])


def after_pick(stage: Stage, order: Order, leg: Leg) -> Process:
    """The parcel is closed; a change that comes now is too late."""
    yield soon(stage, 3, 9)
    if order.fault == "F07" and "pick.confirmed" in leg.node.tells and leg is order.legs[0]:
        said = change(stage, order, smaller(stage, leg.lines))
        picked = next(f for f in reversed(stage.facts) if f.type == "pick.confirmed" and f.so == order.number)
        late = stage.expect("F07", 0, order, max(said.arrives, picked.arrives), subject=leg.subject)
        yield soon(stage, 1, 2)
        stage.tell(
            bus_or_gateway(leg.node), "fulfillment.change_requested", order, {"fo": leg.fo, "so": order.number},
            partner=leg.node.code, revision=order.revision,
        )  # fmt: skip
        stage.env.process(too_late(stage, order, leg, late))
    node_says(stage, "package.packed", order, leg, keys={"pk": f"PK{leg.node.location[-1]}{leg.fo}"})


def too_late(stage: Stage, order: Order, leg: Leg, late: object) -> Process:
    """The node answers that it cannot be changed any more."""
    yield stage.env.timeout(stage.between(HOUR, 3 * HOUR))
    said = node_says(stage, "fulfillment.cancel_rejected", order, leg, reason="already picked")
    late.until = said.arrives if said else None  # type: ignore[attr-defined]
