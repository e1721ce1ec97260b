"""What is true of an order at an instant, by the trade's definitions: stage, thirteen quantities, holds, keys.

1. Quantities decide. Created and changed lines set what is ordered; allocated and backordered set what they name; every
other step adds once per document and line, and one without lines speaks of all lines of its fulfillment order, shipment
or order. 2. The stage of a line is that of the least advanced of its open pieces, that of an order the lowest of its
lines that are not cancelled. 3. A hold is a stage before the release and stands beside it afterwards.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from app.demo.world.company import NODES
from app.demo.world.order import Fact, Line

#: The way of an order, as the trade tells it: taken, entered, perhaps held, set aside or waiting for goods, given to a node,
#: worked there, on the road, at the door, done.
STAGES = ("captured", "created", "held", "allocated", "backordered", "released", "requested", "acknowledged", "picking", "packed",
          "dispatched", "in_transit", "delivered", "closed")  # fmt: skip
RANK = {stage: rank for rank, stage in enumerate(STAGES)} | {"cancelled": -1}
MEASURES = ("ordered", "cancelled", "allocated", "backordered", "released", "acknowledged", "picked", "shipped", "posted",
            "delivered", "invoiced", "returned", "credited")  # fmt: skip
#: Step -> the quantity it moves, and the kind of document of which it counts once.
_ADDS = {
    "order.released": ("released", "fo"), "fulfillment.acknowledged": ("acknowledged", "fo"),
    "pick.confirmed": ("picked", ""), "shipment.dispatched": ("shipped", "sh"), "shipment.posted": ("posted", "sh"),
    "shipment.delivered": ("delivered", "parcel"), "invoice.posted": ("invoiced", "inv"),
    "return.received": ("returned", "rc"), "credit.issued": ("credited", "cm"),
}  # fmt: skip
_SETS = {"order.allocated": "allocated", "order.backordered": "backordered"}
_PLACES = ("order.credit_held", "order.hold_placed", "fulfillment.held")
_ENDS = ("order.credit_released", "order.hold_released", "fulfillment.hold_released")
_ROAD = {"shipment.picked_up": "in_transit", "shipment.in_transit": "in_transit", "shipment.delivered": "delivered"}
_NODE = {
    "order.released": "released", "fulfillment.requested": "requested", "fulfillment.acknowledged": "acknowledged",
    "wave.released": "picking", "pick.confirmed": "picking", "package.packed": "packed", "shipment.dispatched": "dispatched",
}  # fmt: skip
Quantities = dict[str, int]


@dataclass
class LegState:
    """How far a fulfillment order has come, and with what."""

    lines: Quantities = field(default_factory=dict)
    rank: int = 0
    taken: int = 0
    picked: Quantities = field(default_factory=dict)
    shipped: Quantities = field(default_factory=dict)
    parcel: str = ""
    over: bool = False


@dataclass
class State:
    """What has been told of an order so far."""

    so: str
    ordered: Quantities = field(default_factory=dict)
    cancelled: Quantities = field(default_factory=dict)
    sets: dict[str, Quantities] = field(default_factory=lambda: {"allocated": {}, "backordered": {}})
    adds: dict[tuple[str, str, str], int] = field(default_factory=dict)
    legs: dict[str, LegState] = field(default_factory=dict)
    supply: dict[str, str] = field(default_factory=dict)
    holds: dict[str, str] = field(default_factory=dict)
    keys: set[tuple[str, str]] = field(default_factory=set)
    created: bool = False
    closed: bool = False

    def take(self, fact: Fact) -> None:
        """What a fact changes."""
        self.keys |= {
            (kind, v) for kind, value in fact.keys.items() for v in (value if isinstance(value, list) else [value])
        }
        self._order(fact)
        self._holds(fact)
        leg = self._leg(fact)
        if leg:
            self._advance(leg, fact)
        self._quantities(fact, leg)

    def _order(self, fact: Fact) -> None:
        if fact.type == "order.captured" and not self.created:
            self.ordered = _by_line(fact.lines)
        if fact.type == "order.created":
            self.ordered, self.created = _by_line(fact.lines), True
        if fact.type == "order.changed":
            self.ordered |= _by_line(fact.lines)
        if fact.type == "order.closed":
            self.closed = True
        if fact.type == "order.cancelled":
            named = _by_line(fact.lines) or {n: self._left(n) for n in self.ordered}
            for number, qty in named.items():
                self.cancelled[number] = self.cancelled.get(number, 0) + qty

    def _left(self, number: str) -> int:
        return max(0, self.ordered[number] - self.cancelled.get(number, 0) - self.quantity("shipped", number))

    def _holds(self, fact: Fact) -> None:
        hold = fact.data.get("hold")
        if hold and fact.type in _PLACES:
            self.holds[hold["id"]] = "node" if fact.source in NODES else "order"
        if hold and fact.type in _ENDS:
            self.holds.pop(hold["id"], None)

    def _leg(self, fact: Fact) -> LegState | None:
        if fact.type in _ROAD:
            parcel = str(fact.keys.get("tr") or fact.keys.get("pro"))
            return next((leg for leg in self.legs.values() if leg.parcel == parcel), None)
        fo = fact.keys.get("fo")
        if not fo or fact.type in ("invoice.posted",):
            return None
        node = fact.source if fact.source in NODES else fact.data.get("partner")
        return self.legs.setdefault(f"{node}:{fo}", LegState())

    def _advance(self, leg: LegState, fact: Fact) -> None:
        kind = fact.type
        stage = _NODE.get(kind) or _ROAD.get(kind)
        # What the node was asked for has been released to it, whether or not the release has been heard of.
        if kind in ("order.released", "fulfillment.requested", "fulfillment.change_requested"):
            leg.lines |= _by_line(fact.lines)
        if kind in ("order.released", "fulfillment.requested"):
            for line in fact.lines:
                self.supply.pop(line.number, None)
        if kind in ("fulfillment.rejected", "fulfillment.cancelled"):
            leg.over = True
        if kind == "pick.confirmed":
            leg.picked = _by_line(fact.lines)
        if kind == "shipment.dispatched":
            leg.shipped, leg.parcel = _by_line(fact.lines), str(fact.keys.get("tr") or fact.keys.get("pro"))
        if stage:
            leg.rank = max(leg.rank, RANK[stage])
            leg.taken = max(leg.taken, min(RANK[stage], RANK["acknowledged"]))

    def _quantities(self, fact: Fact, leg: LegState | None) -> None:
        if fact.type in _SETS:
            self.sets[_SETS[fact.type]] |= _by_line(fact.lines)
            for line in fact.lines:
                self.supply[line.number] = _SETS[fact.type]
        if fact.type not in _ADDS:
            return
        measure, kind = _ADDS[fact.type]
        document = self._document(fact, kind)
        lines = _by_line(fact.lines)
        if not lines and leg:
            lines = leg.shipped if measure == "delivered" else leg.lines
        for number, qty in lines.items():
            self.adds[measure, document, number] = qty

    def _document(self, fact: Fact, kind: str) -> str:
        if kind == "parcel":
            return str(fact.keys.get("tr") or fact.keys.get("pro"))
        node = fact.data.get("issuers", {}).get("sh") or fact.data.get("partner") or fact.source
        return f"{node}:{fact.keys[kind]}" if kind in ("fo", "sh") else str(fact.keys.get(kind) or fact.number)

    def quantity(self, measure: str, number: str) -> int:
        """Pieces of a line in one of the thirteen measures."""
        if measure == "ordered":
            return self.ordered.get(number, 0)
        if measure == "cancelled":
            return self.cancelled.get(number, 0)
        if measure in self.sets:
            return self.sets[measure].get(number, 0)
        given_up = (
            {name for name, leg in self.legs.items() if leg.over} if measure in ("released", "acknowledged") else ()
        )
        return sum(q for (m, d, n), q in self.adds.items() if m == measure and n == number and d not in given_up)

    def ledger(self) -> dict[str, Quantities]:
        """The thirteen quantities of each line."""
        return {number: {m: self.quantity(m, number) for m in MEASURES} for number in self.ordered}

    def stage(self) -> str:
        """The lowest stage of the lines that are not cancelled."""
        if self.closed:
            return "closed"
        ranks = [rank for number in self.ordered if (rank := self._line_rank(number)) is not None]
        if not ranks:
            return "cancelled" if self.ordered else "captured"
        lowest = min(ranks)
        if lowest < RANK["released"] and "order" in self.holds.values():
            return "held"
        return STAGES[lowest]

    def _line_rank(self, number: str) -> int | None:
        wanted = self.ordered[number] - self.cancelled.get(number, 0)
        if wanted <= 0:
            return None
        on_way = [leg for leg in self.legs.values() if number in leg.lines and not leg.over]
        gone = [(leg.rank, leg.shipped.get(number, 0)) for leg in on_way if leg.shipped]
        if sum(qty for _, qty in gone) >= wanted:
            return min(rank for rank, qty in gone if qty)
        if self.supply.get(number) == "backordered":
            return RANK["backordered"]
        return self._open_rank(number, on_way)

    def _open_rank(self, number: str, on_way: list[LegState]) -> int:
        """Where the pieces are that have not left: in a leg, set aside, or still only taken in."""
        if open_ranks := [_piece_rank(leg, number) for leg in on_way if not leg.shipped]:
            return min(open_ranks)
        if number in self.supply:
            return RANK[self.supply[number]]
        # What a node did not ship of what it took on stands where the node took it on.
        if on_way:
            return min(leg.taken for leg in on_way)
        return RANK["created"] if self.created else RANK["captured"]


def _piece_rank(leg: LegState, number: str) -> int:
    """How far the least advanced piece of a line has come in a leg: what was not picked stands where it was taken on."""
    short = bool(leg.picked) and leg.picked.get(number, 0) < leg.lines[number]
    return leg.taken if short else leg.rank


def _by_line(lines: Iterable[Line]) -> Quantities:
    return {line.number: line.qty for line in lines}


def story(facts: Iterable[Fact], until: int) -> Iterator[tuple[Fact, State]]:
    """Each fact of one order that is known by then, in the order in which things happened, and the state after it."""
    known = sorted((f for f in facts if f.copies and f.arrives <= until), key=lambda f: (f.at, f.number))
    state = State(known[0].so if known else "")
    for fact in known:
        state.take(fact)
        yield fact, state


def last(facts: Iterable[Fact], until: int) -> State | None:
    """What is true at the end; None of an order of which nothing is known."""
    states = [state for _, state in story(facts, until)]
    return states[-1] if states else None


def told(fact: Fact, state: State) -> dict[str, Any]:
    """A line of the truth file: the order as it stands after a fact."""
    return {
        "kind": "state", "so": state.so, "at": fact.at, "event": fact.type, "source": fact.source, "stage": state.stage(),
        "holds": sorted(state.holds), "ledger": state.ledger(), "keys": sorted(f"{k}:{v}" for k, v in state.keys),
    }  # fmt: skip
