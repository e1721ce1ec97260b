"""Which clocks of the trade ran out, from what happened: the service levels of the catalogue, reckoned on their own.

A clock is met when its stop happened at or before its due moment, however late that was heard. It is seen to be missed
from the due moment on, or from the arrival of its start where that is later, until the arrival of its stop.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

from app.demo.world.company import CARRIERS, CLOUD, CUSTOMERS, NODES, OFFICE, SOUTH, TRACKED, WORKSHOP, Node
from app.demo.world.hours import HOUR, MINUTE
from app.demo.world.order import Fact, Order
from app.demo.world.stage import Expected
from app.demo.world.truth import State, last

_EDI = {customer.number for customer in CUSTOMERS if customer.channel == "edi"}
_ANSWERS = (
    "fulfillment.acknowledged",
    "fulfillment.rejected",
    "fulfillment.cancel_rejected",
    "pick.confirmed",
    "shipment.dispatched",
)
_SCANS = ("shipment.picked_up", "shipment.in_transit", "shipment.delivered", "shipment.exception")
_ENTERED, _BEGUN = ("order.created", "order.rejected"), ("order.released", "fulfillment.requested")
_SHOWN = {"order.created": "Processing", "order.released": "Released", "shipment.dispatched": "Shipped",
          "shipment.delivered": "Delivered", "order.cancelled": "Cancelled"}  # fmt: skip
_LADDER = {"On Hold": 0, "Processing": 1, "Released": 2, "Shipped": 3, "Delivered": 4, "Cancelled": 5}
#: Who is agreed to be heard so often is silent after thrice that.
_STILL = 3 * TRACKED


@dataclass(frozen=True)
class Run:
    """One clock: due when, and which facts stop it."""

    code: str
    start: Fact
    due: int
    stops: tuple[Fact, ...]
    subject: str = ""
    vague: bool = False

    @property
    def unsure(self) -> bool:
        """Whether a time that it hangs on was told wrong, or its start is one of several."""
        return self.vague or any(fact.written_at != fact.at for fact in (self.start, *self.stops))


def missed(order: Order, facts: list[Fact], now: int) -> Iterator[Expected]:
    """The exceptions of an order's clocks that should have been seen by `now`; `facts` are those of the order."""
    known = told(facts, now)
    void = next((f for f in known if f.type == "order.cancelled" and not f.lines), None)
    for clock in CLOCKS:
        for run in clock(order, known):
            # A cancellation ends the clocks that run; what begins after it, as goods that leave all the same, is judged.
            met = any(stop.at <= void.at for stop in run.stops) if void else False
            over = void is not None and run.start.at <= void.at <= run.due and run.start is not void and not met
            if not over or run.code in _STANDING:
                yield from _judged(order, run, now)


def told(facts: Iterable[Fact], now: int) -> list[Fact]:
    """What has been told by then, in the order in which it happened."""
    return sorted((f for f in facts if f.copies and f.arrives <= now), key=lambda f: f.at)


def unheard(order: Order, facts: list[Fact], first: Mapping[str, int], now: int) -> Iterator[Expected]:
    """Systems for whose very first word (by source, when it arrives) a clock of the order has waited too long: nobody can say
    yet whether they are late or were never connected (F37). Who has not answered is given new time by a new request."""
    runs = [run for clock in CLOCKS for run in clock(order, told(facts, now))]
    for run in {(run.code, run.subject): run for run in sorted(runs, key=lambda run: run.start.at)}.values():
        stop = min(run.stops, key=lambda f: f.at, default=None)
        yield from _unheard(stop.source if stop else _node(run.start), max(run.due, run.start.arrives), first)


def silent_suppliers(facts: Iterable[Fact], first: Mapping[str, int]) -> Iterator[Expected]:
    """The same of suppliers, who owe a word about each purchase order within a working day."""
    for sent in _all(facts, "purchase_order.sent"):
        yield from _unheard(_node(sent), max(WORKSHOP.days_later(sent.at, 1), sent.arrives), first)


def still(facts: Iterable[Fact], now: int) -> Iterator[Expected]:
    """F37 without a fault: the tracker of parcels had nothing to say for longer than is agreed with it. A
    message that came twice may have been a word in between."""
    heard = sorted((f for f in told(facts, now) if f.source == "carrier.track"), key=lambda f: f.arrives)
    for one, other in pairwise(heard):
        if other.arrives - one.arrives > _STILL and not other.spell:
            since = one.arrives + _STILL
            yield Expected("source_silent", "", since, other.arrives, "F37", one.source, unsure=True)


def _unheard(system: object, since: int, first: Mapping[str, int]) -> Iterator[Expected]:
    heard = first.get(str(system))
    if system and (heard is None or since < heard):
        yield Expected("source_silent", "", since, heard, "F37", str(system))


#: Clocks of goods and money that run on when the order is cancelled.
_STANDING = ("credit_overdue", "return_unposted")


def _judged(order: Order, run: Run, now: int) -> Iterator[Expected]:
    stop = min(run.stops, key=lambda f: (f.at, f.arrives), default=None)
    since, fault = max(run.due, run.start.arrives), run.start.spell or order.fault
    if stop and stop.at <= run.due:
        if since < stop.arrives:
            # Told late, done in time: whoever looked in between has taken an exception back, on the sender.
            yield Expected("reported_late", order.number, since, stop.arrives, fault, run.subject, run.unsure)
    elif run.due < now:
        until = stop.arrives if stop else None
        yield Expected(run.code, order.number, since, until, fault, run.subject, run.unsure)


def _bookings(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The goods issues, each shipment's first: another is the same once more, or takes it back."""
    posted = _all(facts, "shipment.posted")
    return tuple({fact.keys["sh"]: fact for fact in reversed(posted)}.values())


def _all(facts: Iterable[Fact], *kinds: str, **keys: object) -> tuple[Fact, ...]:
    wanted = keys.items()
    return tuple(f for f in facts if f.type in kinds and all(f.keys.get(k) == v for k, v in wanted))


def entry(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S01: entered within 15 minutes, by EDI within an hour."""
    allowed = HOUR if order.customer.number in _EDI else 15 * MINUTE
    for start in _all(facts, "order.captured"):
        yield Run("entry_overdue", start, start.at + allowed, _all(facts, *_ENTERED))


def release(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S02: released within two hours of office time after entry, or after the last hold before the release has ended."""
    created, released = _all(facts, "order.created"), _all(facts, *_BEGUN)
    holds = _all(facts, "order.credit_held", "order.hold_placed")
    ends = _all(facts, "order.credit_released", "order.hold_released")
    if created and len(ends) >= len([h for h in holds if not released or h.at < released[0].at]):
        start = max((*created, *(e for e in ends if not released or e.at < released[0].at)), key=lambda f: f.at)
        yield Run("release_overdue", start, OFFICE.add(start.at, 2 * HOUR), released)


def decision(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S03: a hold is decided within four hours of office time."""
    for start in _all(facts, "order.credit_held", "order.hold_placed"):
        ends = _all(facts, "order.credit_released", "order.hold_released", "order.cancelled")
        own = tuple(f for f in ends if f.data.get("hold", {}).get("id") == start.data["hold"]["id"])
        yield Run("hold_overdue", start, OFFICE.add(start.at, 4 * HOUR), own, f"hold:{start.data['hold']['id']}")


def sending(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S04: the instruction leaves within five minutes of the release."""
    for start in _all(facts, "order.released"):
        stops = tuple(f for f in _all(facts, "fulfillment.requested", fo=start.keys["fo"]) if _node(f) == _node(start))
        yield Run("release_not_sent", start, start.at + 5 * MINUTE, stops, _fo(start))


def answer(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S06: the node takes it or not within four hours of its own; the one that only ships, within 18. A new revision is
    answered anew, and ends the clock of the one before."""
    for start in _all(facts, "fulfillment.requested", "fulfillment.change_requested"):
        node = NODES[str(_node(start))]
        due = node.hours.add(start.at, 18 * HOUR if node is SOUTH else 4 * HOUR)
        new = start.type != "fulfillment.requested"
        stops = tuple(
            f
            for f in _all(facts, *_ANSWERS, fo=start.keys["fo"])
            if f.source == node.code and (f.at >= start.at or not new)
        )
        later = (
            f
            for f in _all(facts, "fulfillment.change_requested", fo=start.keys["fo"])
            if f.at > start.at and _node(f) == node.code
        )
        anew = min((f.at for f in later), default=None)
        if anew is None or anew > due or any(stop.at <= anew for stop in stops):
            yield Run("ack_overdue", start, due, stops, _fo(start))


def leaving(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S07: what comes before the cut-off leaves on the same working day, else on the next."""
    for start in _all(facts, "fulfillment.requested"):
        node = NODES[str(_node(start))]
        due = node.hours.window(node.hours.shipping_day(start.at))
        gone = _all(facts, "shipment.dispatched", "fulfillment.rejected", "fulfillment.cancelled", fo=start.keys["fo"])
        if due:
            yield Run("ship_overdue", start, due[1], tuple(f for f in gone if f.source == node.code), _fo(start))


def posting(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S10: booked in the ERP within half an hour of being heard of."""
    for start in _all(facts, "shipment.dispatched"):
        stops = _all(facts, "shipment.posted", sh=start.keys["sh"])
        yield Run("shipment_unposted", start, start.arrives + 30 * MINUTE, stops, _sh(start))


def promise(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S14: all of it is there by the promised moment. A leg of which nothing is heard is missing, not late."""
    created = _all(facts, "order.created")
    heard = {(f.source, f.keys.get("fo")) for f in facts}
    silent = {(_node(f), f.keys["fo"]) for f in _all(facts, "order.released")} - heard
    if created and order.promise and not (silent and _all(facts, "shipment.delivered")):
        yield Run("delivery_late", created[0], order.promise, _complete(order, facts))


def _complete(order: Order, facts: list[Fact]) -> tuple[Fact, ...]:
    """The delivery with which everything had come; none while something is on its way."""
    parcels = {_parcel(f) for f in _all(facts, "shipment.dispatched")}
    asked = {(_node(f), f.keys["fo"]) for f in _all(facts, "order.released")}
    asked -= {(f.source, f.keys["fo"]) for f in _all(facts, "fulfillment.rejected", "fulfillment.cancelled")}
    gone = {(f.source, f.keys["fo"]) for f in _all(facts, "shipment.dispatched")}
    doors = sorted(_all(facts, "shipment.delivered"), key=lambda f: f.at)
    whole = asked and asked <= gone and parcels <= {_parcel(f) for f in doors}
    return (doors[-1],) if whole else ()


def shown(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S17: the CRM shows a step within 15 minutes of hearing of it; the first of each kind counts."""
    said = _all(facts, "crm.order_status_updated")
    for kind, word in _SHOWN.items():
        starts = _all(facts, kind)
        first = min((f.at for f in starts), default=0)
        for start in (f for f in starts if f.at == first):
            if kind == "order.cancelled" and start.lines:
                continue
            stops = tuple(f for f in said if _LADDER[str(f.data["status"])] >= _LADDER[word] and f.at >= start.at)
            # Of two that happened at one instant nobody says which is the first, nor where one is told at a wrong time.
            vague = len({f.arrives for f in starts if f.at == first}) > 1 or any(f.written_at != f.at for f in starts)
            yield Run("crm_update_late", start, start.arrives + 15 * MINUTE, stops, vague=vague)


def announced(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S11: a customer who orders by EDI has the shipping notice within an hour of our hearing that it left."""
    if order.customer.channel == "edi" and order.customer.erp is CLOUD:
        for start in _all(facts, "shipment.dispatched"):
            stops = _all(facts, "asn.sent", sh=start.keys["sh"])
            yield Run("asn_unsent", start, start.arrives + HOUR, stops, _sh(start))


def visible(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S18: service knows of trouble within half an hour of our hearing of it."""
    for start in _all(facts, "shipment.exception", "fulfillment.rejected"):
        stops = tuple(f for f in _all(facts, "ticket.opened") if f.at >= start.at)
        yield Run("exception_not_visible", start, start.arrives + 30 * MINUTE, stops)


def forewarned(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S19: we have heard of trouble by the time at which its ticket is opened."""
    for start in _all(facts, "shipment.exception", "fulfillment.rejected"):
        opened = [f.at for f in _all(facts, "ticket.opened") if f.at >= start.at]
        if opened and start.arrives > min(opened):
            yield Run("ticket_before_alert", start, min(opened), ())


def billing(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S20: billed within a working day of the goods issue."""
    for start in _bookings(facts):
        stops = _all(facts, "invoice.posted", sh=start.keys["sh"])
        yield Run(
            "invoice_overdue",
            start,
            OFFICE.days_later(start.at, 1),
            stops,
            f"sh:{start.data['issuers']['sh']}:{start.keys['sh']}",
        )


def pickup(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S12: scanned by the carrier within 24 hours of its own working time."""
    for start in _all(facts, "shipment.dispatched"):
        stops = tuple(f for f in _all(facts, *_SCANS) if _parcel(f) == _parcel(start))
        due = CARRIERS[str(start.data["carrier"])].hours.add(start.at, 24 * HOUR)
        yield Run("pickup_missing", start, due, stops, _sh(start))


def moving(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S13: something is heard of a parcel every 24 hours, of freight every eight, and silence is three times that."""
    by_parcel: dict[str, list[Fact]] = defaultdict(list)
    for fact in _all(facts, *_SCANS):
        by_parcel[_parcel(fact)].append(fact)
    gone = {_parcel(f): _sh(f) for f in _all(facts, "shipment.dispatched")}
    for parcel, scans in by_parcel.items():
        allowed = (8 if CARRIERS[str(scans[0].data["carrier"])].freight else 24) * HOUR
        for start, after in zip(scans, [*scans[1:], None], strict=True):
            if start.type != "shipment.delivered":
                stops = (after,) if after else ()
                yield Run("milestone_stale", start, start.at + allowed, stops, gone.get(parcel, ""))
                yield Run("shipment_silent", start, start.at + 3 * allowed, stops, gone.get(parcel, ""))


def returning(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S22: what came back is posted within two working days; S23: and credited within two more."""
    for start in _all(facts, "return.received"):
        node: Node = NODES[start.source]
        stops = _all(facts, "return.posted", rma=start.keys["rma"])
        yield Run("return_unposted", start, node.hours.days_later(start.at, 2), stops, _rma(order, start))
    for start in _all(facts, "return.posted"):
        stops = _all(facts, "credit.issued", rma=start.keys["rma"])
        yield Run("credit_overdue", start, OFFICE.days_later(start.at, 2), stops, _rma(order, start))


def confirmed(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """S08: a dispatch is heard of within two hours, of a partner that sends files within four."""
    for start in _all(facts, "shipment.dispatched"):
        due = min(start.at, start.written_at) + (4 if NODES[start.source].every else 2) * HOUR
        if start.arrives > due:
            yield Run("confirmation_late", start, due, (), _sh(start))


def skipped(order: Order, facts: list[Fact]) -> Iterator[Run]:
    """A dispatch implies that the leg was taken on and picked; steps of which nobody hears within a day of that are missing,
    where the node reports such steps at all."""
    for start in _all(facts, "shipment.dispatched"):
        for step in sorted(NODES[start.source].tells & {"fulfillment.acknowledged", "pick.confirmed"}):
            stops = tuple(f for f in _all(facts, step, fo=start.keys["fo"]) if f.source == start.source)
            if order.fault != "F10" and not any(stop.arrives <= start.arrives + 24 * HOUR for stop in stops):
                yield Run(
                    "milestone_missing", start, start.arrives + 24 * HOUR, (), f"fo:{start.source}:{start.keys['fo']}"
                )


CLOCKS: tuple[Callable[[Order, list[Fact]], Iterator[Run]], ...] = (
    entry, release, decision, sending, answer, leaving, posting, promise, shown, announced, visible, forewarned, billing, pickup, moving, returning, confirmed,
    skipped,
)  # fmt: skip


def broken(order: Order, facts: list[Fact], now: int) -> Iterator[Expected]:
    """The ledger's own laws: nothing ships that is not ordered, nothing is billed that has not left (4.1)."""
    laws = {"over_shipped": _over_shipped, "invoiced_not_shipped": _over_billed}
    known = sorted(told(facts, now), key=lambda f: f.arrives)
    open_: dict[str, Expected] = {}
    for count in range(1, len(known) + 1):
        if (fact := known[count - 1]).type not in _MOVING:
            continue
        state = last(known[:count], now)
        for code, law in laws.items():
            wrong = state is not None and state.created and law(state)
            if wrong and code not in open_:
                open_[code] = Expected(code, order.number, fact.arrives, None, order.fault)
            elif not wrong and code in open_:
                open_[code].until = fact.arrives
                yield open_.pop(code)
    yield from open_.values()


def booked(order: Order, facts: list[Fact], now: int) -> Iterator[Expected]:
    """Once the ERP has booked anything it is compared with the nodes: another quantity for an hour is a difference (4.4 d)."""
    known = told(facts, now)
    moved = sorted((*_all(known, "shipment.dispatched"), *_bookings(known)), key=lambda f: f.arrives)
    gone = posted = 0
    for fact, after in zip(moved, [*moved[1:], None], strict=False):
        pieces = sum(line.qty for line in fact.lines)
        gone += pieces if fact.type == "shipment.dispatched" else 0
        posted += pieces if fact.type == "shipment.posted" else 0
        since, until = fact.arrives + HOUR, after.arrives if after else None
        if 0 < posted != gone > 0 and since < (until or now):
            yield Expected("status_diverged", order.number, since, until, order.fault)


_MOVING = ("shipment.dispatched", "shipment.posted", "invoice.posted", "order.changed", "order.cancelled", "return.received",
           "credit.issued")  # fmt: skip


def _over_shipped(state: State) -> bool:
    return any(
        line["shipped"] - line["returned"] > line["ordered"] - line["cancelled"] for line in state.ledger().values()
    )


def _over_billed(state: State) -> bool:
    return any(line["invoiced"] > max(line["posted"], line["shipped"]) for line in state.ledger().values())


def _node(fact: Fact) -> object:
    return fact.data.get("partner")


def _fo(fact: Fact) -> str:
    return f"fo:{_node(fact)}:{fact.keys['fo']}"


def _sh(gone: Fact) -> str:
    return f"sh:{gone.source}:{gone.keys['sh']}"


def _rma(order: Order, fact: Fact) -> str:
    return f"rma:{order.customer.erp.scope}:{fact.keys['rma']}"


def _parcel(fact: Fact) -> str:
    return str(fact.keys.get("tr") or fact.keys.get("pro"))
