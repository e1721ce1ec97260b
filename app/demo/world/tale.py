"""One fault of a played world as a tale: of what it is told, by which facts, and what should be noticed of it.

A fault shows on an order, and then all of that order is told; or on a source, a partner, a stock or a purchase order, and
then what was told of that around the time; or, if all goes well, on nothing at all.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from app.demo.world import calls, score
from app.demo.world.faults import Fault
from app.demo.world.hours import HOUR
from app.demo.world.order import Fact
from app.demo.world.stage import Expected, Stage

#: How many facts are told of a subject that speaks all day, and how many of them at most are wrong themselves.
MOST, _ODD = 25, 20
#: How long before the trouble shows, and how long after it is over, they may be told.
_BEFORE, _AFTER = 26 * HOUR, 4 * HOUR
#: What tells of trouble by its name.
_NEWS = ("partner.outage_started", "partner.outage_ended", "circuit.opened", "circuit.closed", "message.retried",
         "batch.missing")  # fmt: skip
#: Numbers by which somebody might take two orders for one.
_TRAPS = {"inv": "invoice", "bol": "bill of lading", "fo": "fulfillment order"}


@dataclass(frozen=True, slots=True)
class Tale:
    """`facts` in the order of their arrival, of `orders` or of a `subject` as exceptions name it; `seen` should be noticed.

    `along` are the facts told and all others of the orders and purchase orders in them: without those nobody who listens
    could follow.
    """

    fault: Fault
    facts: list[Fact]
    seen: list[Expected]
    along: list[Fact]
    orders: tuple[str, ...] = ()
    subject: str = ""
    shared: str = ""


def tale(stage: Stage, fault: Fault) -> Tale | None:
    """The tale of a fault by its own codes: of an order, else of a subject. None where this world has none to tell."""
    every = score.expectations(stage, stage.end)
    if not fault.codes:
        return _withstood(stage, fault, every)
    own = [one for one in every if one.fault.removesuffix(" done") == fault.id and one.code in fault.codes]
    if of_orders := [one for one in own if one.so]:
        return _of_orders(stage, fault, every, *_entered(stage, min(of_orders, key=lambda one: one.since).so))
    others = sorted(own, key=lambda one: (fault.codes.index(one.code), one.since))
    return _of_subject(stage, fault, every, others[0]) if others else None


def _entered(stage: Stage, so: str) -> tuple[str, ...]:
    """What all orders share that are one order of the customer's, in words, and those orders: entered twice it is two."""
    wish = next(order.customer_order for order in stage.orders if order.number == so)
    return f"customer's order {wish}", *sorted(one.number for one in stage.orders if one.customer_order == wish)


def _of_orders(stage: Stage, fault: Fault, every: Iterable[Expected], shared: str, *orders: str) -> Tale:
    facts, seen = [one for one in _heard(stage) if one.so in orders], [one for one in every if one.so in orders]
    return Tale(fault, facts, seen, facts, orders, shared=shared if orders[1:] else "")


def _of_subject(stage: Stage, fault: Fault, every: Iterable[Expected], one: Expected) -> Tale:
    heard = _heard(stage)
    facts = _around([fact for fact in heard if _speaks(fact, one.subject)], fault, one)
    last = max(facts[-1].arrives if facts else 0, one.until or 0)
    seen = [e for e in every if e.subject == one.subject and not e.so and one.since <= e.since <= last]
    numbers, papers = {fact.number for fact in facts}, {paper for fact in facts for paper in _papers(fact)}
    along = [fact for fact in heard if fact.number in numbers or papers & _papers(fact)]
    return Tale(fault, facts, seen, along, subject=one.subject)


def _papers(fact: Fact) -> set[str]:
    """The order and the purchase order that it is of."""
    return {fact.so, f"po:{fact.keys.get('po', '')}"} - {"", "po:"}


def _withstood(stage: Stage, fault: Fault, every: Iterable[Expected]) -> Tale | None:
    """Of a fault that raises nothing: two orders with one number, or an order of which something came twice or late."""
    if fault.scope == "always":
        shared = _sharing(stage)
        return _of_orders(stage, fault, every, *shared) if shared else None
    struck = {order.number for order in stage.orders if order.fault == fault.id}
    odd = (fact.so for fact in _heard(stage) if fact.so in struck and (fact.copies > 1 or fact.arrives > fact.heard))
    so = next(odd, "")
    return _of_orders(stage, fault, every, "", so) if so else None


def _sharing(stage: Stage) -> tuple[str, str, str] | None:
    """A number, in words, and the first two orders that share it, if any do."""
    for kind, name in _TRAPS.items():
        first: dict[tuple[str, str], str] = {}
        for fact in _heard(stage):
            # The invoices of two ERPs count alike and are two; the same number at two nodes is the trap.
            place = fact.source if kind == "inv" else ""
            other = first.setdefault((place, fact.keys[kind]), fact.so) if fact.so and kind in fact.keys else fact.so
            if other != fact.so:
                return f"{name} {fact.keys[kind]}", other, fact.so
    return None


def _heard(stage: Stage) -> list[Fact]:
    """What has arrived, in that order."""
    return sorted((one for one in stage.facts if one.arrives <= stage.end), key=lambda one: (one.arrives, one.number))


def _speaks(fact: Fact, subject: str) -> bool:
    """Whether a fact is told by, to or of what an exception names.

    That is SKU@PLACE or SOURCE@PLACE, po:ERP:NUMBER, SERVICE:client:PARTNER, or a source or partner by its name.
    """
    name, _, place = subject.partition("@")
    if place:
        return fact.data.get("location") == place and fact.type.startswith(("inventory.", "availability."))
    *kind, last = name.split(":")
    if kind[:1] == ["po"]:
        return fact.keys.get("po") == last
    if kind or fact.source == calls.SOURCE:
        return bool(kind) and fact.source == calls.SOURCE and fact.data["partner"] == last
    return name in (fact.source, fact.data.get("partner"))


def _around(facts: list[Fact], fault: Fault, one: Expected) -> list[Fact]:
    """Those of the time, not too many: what is odd before all else, then what came nearest to the begin or the end."""
    if one.subject.startswith("po:"):
        return facts
    end = one.until or one.since
    near = [fact for fact in facts if one.since - _BEFORE <= fact.arrives <= end + _AFTER]
    near.sort(key=lambda fact: (min(abs(fact.arrives - one.since), abs(fact.arrives - end)), fact.number))
    odd = [fact for fact in near if _about(fact, fault)][:_ODD]
    other = [fact for fact in near if not _about(fact, fault)][: MOST - len(odd)]
    return sorted((*odd, *other), key=lambda fact: (fact.arrives, fact.number))


def _about(fact: Fact, fault: Fault) -> bool:
    """Whether a fact itself is odd: held back by the fault, told with a wrong time, broken off, unknown, or news of trouble."""
    odd = fact.spell == fault.id or fact.written_at != fact.at or "broken_at" in fact.data
    return odd or fact.type in _NEWS or fact.type.startswith("unknown:")
