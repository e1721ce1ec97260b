"""Out of the door and on the road: dispatch, what is short, the carrier's scans, and the customer's door."""

from datetime import timedelta

from app.demo.world import books, supply, tms, traps
from app.demo.world.company import CARRIERS, CLOUD, OFFICE, Carrier
from app.demo.world.desk import ticket
from app.demo.world.erp import Process, hold_source, new_leg, release, show
from app.demo.world.hours import DAY, HOUR, MINUTE, Hours
from app.demo.world.order import Fact, Leg, Line, Order
from app.demo.world.stage import NUMBERED, Expected, Stage

#: Within that the ERP answers a short pick, if it does.
ANSWERED = 15 * MINUTE
#: A late carrier is no fault of the systems: it happens, and the promise is missed.
SLOW = 0.04


def leave(stage: Stage, order: Order, leg: Leg, truck: int) -> Process:
    """The label, then the truck; dispatch is what is told when it leaves."""
    carrier = CARRIERS[stage.dice.choice(leg.node.carriers)]
    leg.carrier, leg.shipment = carrier.code, f"SH{leg.node.location[-1]}{leg.fo}"
    leg.tracking = tracking(stage, carrier)
    mark = "pro" if carrier.freight else "tr"
    if "shipment.label_created" in leg.node.tells:
        told = stage.tell(
            leg.node.code, "shipment.label_created", order, {"fo": leg.fo, mark: leg.tracking}, carrier=carrier.code
        )
        truck = max(truck, told.at + 5 * MINUTE)
    if order.fault == "F18" and int(order.number[-1]) % 2 and len(order.legs) == 1:
        books.show_ahead(stage, order, truck)
    if order.fault == "F21" and int(order.number[-1]) % 2 == 0:
        books.bill_ahead(stage, order, leg)
    if carrier.freight:
        stage.env.process(tms.booked(stage, order, leg, carrier))
    yield stage.until(truck)
    if stage.end < stage.now:
        return
    gone = dispatch(stage, order, leg, mark)
    books.ship_ahead_closed(order, gone)
    stage.env.process(books.follow(stage, order, leg, gone))
    stage.env.process(road(stage, order, leg, carrier, mark))


def tracking(stage: Stage, carrier: Carrier) -> str:
    """A number of the carrier's own: a parcel's tracking number, or a PRO."""
    number = stage.number(f"tracking {carrier.code}", 40_000_001)
    return f"{number}" if carrier.freight else {"ups": "1Z", "fedex": "61", "dhl": "JD"}[carrier.code] + f"{number:010}"


def dispatch(stage: Stage, order: Order, leg: Leg, mark: str) -> Fact:
    """The goods leave; a report that is sent twice carries another number of its own and the same content."""
    leg.done = True
    keys = {"fo": leg.fo, "sh": leg.shipment, mark: leg.tracking} | traps.lading(stage, leg)
    asked = {line.number: line.qty for line in leg.lines}
    gone = stage.tell(
        leg.node.code, "shipment.dispatched", order, keys, leg.picked or leg.lines, carrier=leg.carrier, asked=asked,
        short=short_code(order), cpo=order.customer_order,
    )  # fmt: skip
    leg.heard_of(gone)
    if order.fault == "F08":
        gone.copies = 2
    if order.fault == "F10" and int(order.number[-1]) % 2 and leg.node.code != NUMBERED:
        _behind(stage, order, leg, gone)
    _expected_at_the_door(stage, order, leg, gone)
    show(stage, order, "Shipped", gone)
    return gone


def _behind(stage: Stage, order: Order, leg: Leg, gone: Fact) -> None:
    """F10: what the node says of its picking comes a day behind the truck."""
    if "pick.confirmed" in leg.node.tells:
        said = (f for f in reversed(stage.facts) if (f.so, f.type) == (order.number, "pick.confirmed"))
        picked = next(fact for fact in said if fact.keys["fo"] == leg.fo)
        picked.arrives = gone.arrives + DAY + stage.between(3 * HOUR, 9 * HOUR)
        stage.expect("F10", 0, order, gone.arrives + DAY, picked.arrives, leg.subject)


def _expected_at_the_door(stage: Stage, order: Order, leg: Leg, gone: Fact) -> None:
    if leg.stale:
        stage.expect("F06", 0, order, gone.arrives, subject=leg.subject)
    if order.fault == "F14" and leg is order.legs[0]:
        stage.expect("F14", 0, order, gone.arrives)
    if order.fault == "F16":
        stage.expect("F16", 1 if leg.cancelled else 0, order, gone.arrives, subject=leg.parcel)


def short_code(order: Order) -> str:
    """What a 945 says of a short line: BP waits for the rest, CP does without."""
    return {"F12": "BP", "F13": "CP"}.get(order.fault, "")


def shorten(stage: Stage, order: Order, leg: Leg) -> None:
    """The shelf holds less of the first line than was asked for."""
    if leg is not order.legs[0] or leg.lines[0].qty < 2:
        return
    first = leg.lines[0]
    less = max(1, first.qty // 3)
    leg.picked = (first.of(first.qty - less), *leg.lines[1:])
    missing = first.of(less)
    told = None
    # An X12 node says it with the 945, not before.
    if leg.node.wire != "x12":
        told = stage.tell(leg.node.code, "pick.shorted", order, {"fo": leg.fo}, (missing,), reason="stock")
    resolve = _backorder if order.fault == "F12" else _forget
    stage.env.process(resolve(stage, order, leg, missing, told))


def _backorder(stage: Stage, order: Order, leg: Leg, missing: Line, told: Fact | None) -> Process:
    """The ERP puts the rest on backorder, with a date or without, and it follows when there is stock."""
    if told is None:
        yield from _until_gone(stage, leg)
    heard = told.heard if told else _gone(stage, order, leg).heard
    yield stage.until(heard + stage.between(2 * MINUTE, ANSWERED))
    source = hold_source(order)
    dated = int(order.number[-1]) % 3 > 0
    expected_at = stage.now + 3 * DAY
    more = {"promised_at": expected_at} if dated else {}
    bought = supply.ordered_for(stage, order, missing) if dated and _waits_for_supplier(stage, order) else {}
    late: list[Expected] = []
    keys = {"so": order.number} | ({"po": bought["po"]} if bought else {})
    said = stage.tell(source, "order.backordered", order, keys, (missing,), reason="no stock", **more)
    if bought:
        stage.env.process(supply.too_late(stage, order, missing, bought, late))
    # Until that has come nobody who hears of the short pick can know whether the ERP has answered; it may come before the
    # word of the short pick itself, of which nobody knows then.
    short = told or _gone(stage, order, leg)
    both = max(short.arrives, said.arrives)
    open_ = stage.expect_code("short_ship_unresolved", "F12", order, short.arrives, subject=leg.subject)
    open_.until, open_.unsure = both, True
    waiting = [stage.expect("F12", 0, order, both, subject=leg.subject)]
    if not dated:
        # Without goods and without a date for them nobody can go on.
        waiting += [
            stage.expect("F12", 1, order, said.arrives), stage.expect_code("order_blocked", "F12", order, said.arrives)
        ]  # fmt: skip
    yield stage.until(OFFICE.add(stage.now, stage.between(8 * HOUR, 24 * HOUR)))
    rest = new_leg(stage, order, leg.node, (missing,))
    rest.revision = order.revision
    order.legs.append(rest)
    allocated = stage.tell(
        source, "order.allocated", order, {"so": order.number}, (missing,), location=leg.node.location
    )
    for one in (*waiting[1:], *late):
        one.until = allocated.arrives
    if bought:
        supply.given_up(stage, order, bought)
    released = release(stage, order, rest)
    stage.env.process(_rest(stage, order, rest, released, waiting[0]))


def _waits_for_supplier(stage: Stage, order: Order) -> bool:
    return order.customer.erp is CLOUD and any(fault.id == "F33" for fault in stage.faults)


def _gone(stage: Stage, order: Order, leg: Leg) -> Fact:
    """The dispatch of a leg that has left."""
    gone = (f for f in reversed(stage.facts) if f.type == "shipment.dispatched" and f.so == order.number)
    return next(f for f in gone if f.keys["fo"] == leg.fo)


def _rest(stage: Stage, order: Order, rest: Leg, released: Fact, waiting: object) -> Process:
    from app.demo.world.sending import hand_over
    from app.demo.world.warehouse import work

    order.fault = "F12 done"
    yield from hand_over(stage, order, rest, released)
    yield from work(stage, order, rest)
    if rest.done:
        waiting.until = _gone(stage, order, rest).arrives  # type: ignore[attr-defined]


def _forget(stage: Stage, order: Order, leg: Leg, missing: Line, told: Fact | None) -> Process:
    """Nobody tells the ERP, or the ERP does not listen; after a day or two somebody strikes the rest out."""
    if told is None:
        yield from _until_gone(stage, leg)
    short = told or _gone(stage, order, leg)
    forgotten = stage.expect("F13", 0, order, short.arrives, subject=leg.subject)
    # Until its answer would have come nobody can know that the ERP is silent.
    forgotten.sure = max(short.arrives, short.heard + ANSWERED + stage.slowest(hold_source(order)))
    yield from _until_gone(stage, leg)
    yield stage.until(OFFICE.add(stage.now, stage.between(10 * HOUR, 24 * HOUR)))
    said = cancelled_rest(stage, order, missing)
    forgotten.until = said.arrives


def cancelled_rest(stage: Stage, order: Order, missing: Line) -> Fact:
    """The ERP strikes out what did not come."""
    return stage.tell(hold_source(order), "order.cancelled", order, {"so": order.number}, (missing,), reason="short")


def _until_gone(stage: Stage, leg: Leg) -> Process:
    while not leg.done:
        yield stage.env.timeout(10 * MINUTE)


def road(stage: Stage, order: Order, leg: Leg, carrier: Carrier, mark: str) -> Process:
    """The carrier's scans, to the customer's door on a working day between nine and five."""
    keys = {mark: leg.tracking}
    lost = order.fault == "F30"
    if order.fault == "F29":
        yield stage.until(leg.node.hours.days_later(stage.now, 2) + stage.between(2 * HOUR, 9 * HOUR))
    yield stage.env.timeout(stage.between(40 * MINUTE, 3 * HOUR))
    picked = stage.tell(carrier.source, "shipment.picked_up", order, keys, carrier=carrier.code)
    slow = not order.fault and stage.dice.random() < SLOW
    door = delivery(stage, order.customer.door, stage.now, stage.between(*carrier.days) + (5 if slow else 0))
    scans = [picked]
    every = 6 * HOUR if carrier.freight else 16 * HOUR
    if order.fault == "F28":
        yield from trouble(stage, order, leg, keys, carrier)
    while stage.now + every < door and not lost:
        yield stage.env.timeout(stage.between(every // 2, every))
        scans.append(stage.tell(carrier.source, "shipment.in_transit", order, keys, carrier=carrier.code))
    if lost:
        return
    yield stage.until(door)
    delivered(stage, order, leg, carrier, keys, scans)


def trouble(stage: Stage, order: Order, leg: Leg, keys: dict[str, str], carrier: Carrier) -> Process:
    """The parcel is damaged in a hub; nobody tells the service desk in time, or the customer calls before the carrier does."""
    yield stage.env.timeout(stage.between(2 * HOUR, 8 * HOUR))
    first = int(order.number[-1]) % 2 > 0
    if first:
        ticket(stage, order, "where is my parcel")
        yield stage.env.timeout(stage.between(HOUR, 3 * HOUR))
    told = stage.tell(
        carrier.source, "shipment.exception", order, keys, carrier=carrier.code, status="damaged", reason="damaged in hub"
    )  # fmt: skip
    if first:
        stage.expect("F28", 1, order, told.arrives, subject=leg.parcel)
    blocked = stage.expect_code("order_blocked", "F28", order, told.arrives)
    # Who knows already notes within minutes what the carrier says.
    yield stage.until(
        told.heard + stage.between(2 * MINUTE, 15 * MINUTE) if first else stage.now + stage.between(3 * HOUR, 10 * HOUR)
    )
    ticket(stage, order, "damaged parcel")
    yield stage.env.timeout(stage.between(3 * HOUR, 10 * HOUR))
    moving = stage.tell(carrier.source, "shipment.in_transit", order, keys, carrier=carrier.code)
    blocked.until = moving.arrives


def delivery(stage: Stage, place: Hours, start: int, days: int) -> int:
    """Nine to five on a working day of the customer."""
    day = place.local(start).date()
    while days:
        day += timedelta(days=1)
        days -= place.window(day) is not None
    return place.at(day, 9 * HOUR) + stage.between(0, 8 * HOUR - 1)


def delivered(stage: Stage, order: Order, leg: Leg, carrier: Carrier, keys: dict[str, str], scans: list[Fact]) -> None:
    """The customer has it; the scans before may come behind it."""
    at_door = stage.tell(carrier.source, "shipment.delivered", order, keys, carrier=carrier.code)
    if order.fault == "F10":
        for scan in scans:
            scan.arrives = at_door.arrives + stage.between(MINUTE, HOUR)
    show(stage, order, "Delivered", at_door)
    other = order.legs[-1]
    if order.fault == "F31" and leg is order.legs[0] and not other.told and other is not leg:
        other.missing = stage.expect("F31", 0, order, at_door.arrives, subject=other.subject)
    stage.env.process(books.after(stage, order, leg, at_door))
