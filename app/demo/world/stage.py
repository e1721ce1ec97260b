"""The stage on which the world plays: its clock, its dice, its journal of facts, and what should be noticed of them."""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import ceil
from typing import Any

import simpy

from app.demo.world.company import ASKED_EVERY, BOOKED, BUS, CLOUD, CRM, DESK, GATEWAY, NODES, SHOP
from app.demo.world.faults import CATALOGUE, Fault, of_scope
from app.demo.world.hours import DAY, HOUR, MINUTE
from app.demo.world.order import Fact, Line, Order

#: How long a message of a system is on its way, in seconds; a batch leaves every so many seconds.
_LATENCY = {
    "erp.cloud": (1, 20), "erp_legacy.sap": (20, 120), SHOP: (1, 8), CRM: (1, 15), DESK: (1, 10), BUS: (1, 5),
    GATEWAY: (5, 60), "carrier.track": (30, 900), "carrier.frl": (120, 1_800), "carrier.dhl": (60, 1_200),
}  # fmt: skip
_BATCH = {"erp_legacy.extract": 300}
#: So small a share strikes nobody.
_NEVER = 1e-9
#: No order has more facts than this: facts are numbered as far apart as orders.
_FACTS = 100
#: Who numbers what he sends, one after another.
NUMBERED = "wms.main"
#: So many orders a day the pickers of each node can do.
_USUAL = 70
#: A clock is believed again after so many events in order.
_IN_ORDER = 20


@dataclass(slots=True)
class Expected:
    """An exception that should stand open from `since` until `until` (None: still). `so` or `subject` says of what.

    Where what was told had a wrong time of day nobody who only hears it can be sure: then it may be seen, or not. `subject`
    is written as exceptions name it ("" for the order itself); `causes` is how many of the same subject this stands for.
    Before `sure` what would end it may be on its way: then it may be seen, or not yet.
    """

    code: str
    so: str
    since: int
    until: int | None = None
    fault: str = ""
    subject: str = ""
    unsure: bool = False
    causes: int = 1
    sure: int = 0


@dataclass(frozen=True, slots=True)
class HeldBack:
    """What a source says in this while comes at its end, because of a fault."""

    fault: str
    since: int
    until: int


@dataclass(slots=True)
class Skew:
    """A source writes its times so many seconds wrong for a while; `seen` from the first such fact on, until enough came in order."""

    since: int
    until: int
    offset: int
    seen: Expected | None = None
    in_order: int = 0


@dataclass
class Stage:
    """Shared by all processes. `end` is when the story ends: nothing that happens later is told.

    `offset` is added to all numbers, so that one world can be told into another. `size` is how many orders are expected: a
    busier company has more pickers and fuller shelves. `calm` is (until when, which share): of the orders placed before a
    moment faults strike only that share of those that they strike otherwise.
    """

    start: int
    end: int
    seed: int
    faults: tuple[Fault, ...] = ()
    late: int = 0
    shuffled: bool = False
    offset: int = 0
    size: int = 0
    calm: tuple[int, float] = (0, 1.0)
    facts: list[Fact] = field(default_factory=list)
    expected: list[Expected] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.env = simpy.Environment(initial_time=self.start)
        self.dice = random.Random(self.seed)
        busy = max(1.0, self.size * DAY / max(1, self.end - self.start) / _USUAL)
        self.pickers = {code: simpy.Resource(self.env, ceil(node.pickers * busy)) for code, node in NODES.items()}
        self._counts: Counter[str] = Counter()
        self._rates = [(fault, fault.rate) for fault in of_scope(self.faults, "order")]
        self.held_back: dict[str, HeldBack] = {}
        self.skewed: dict[str, Skew] = {}
        self.outages: dict[str, tuple[int, int]] = {}
        self.cut: set[str] = set()
        self.mislaid: set[str] = set()
        self.collected: dict[str, tuple[str, set[str]]] = {}
        self.slowing: dict[str, int] = {}
        self.counted: dict[str, int] = {}
        self.whole: dict[str, int] = {}
        self._spells: list[tuple[str, Expected]] = []

    @property
    def now(self) -> int:
        """The instant, in seconds of UTC."""
        return int(self.env.now)

    def number(self, series: str, first: int = 1) -> int:
        """The next number of a series."""
        self._counts[series] += 1
        return first + self.offset + self._counts[series] - 1

    def until(self, moment: int) -> simpy.Event:
        """The event of that moment; at once where it has passed."""
        return self.env.timeout(max(0, moment - self.now))

    def between(self, least: int, most: int) -> int:
        """So many seconds, by the dice."""
        return self.dice.randint(least, most)

    def struck(self, order: Order) -> str:
        """Which fault strikes an order; "" for none. At most one, so that what follows has one cause."""
        until, share = self.calm
        roll = self.dice.random() / (max(share, _NEVER) if order.placed < until else 1.0)
        for fault, rate in self._rates:
            if roll < rate:
                return fault.id
            roll -= rate
        return ""

    def occasion(self, fault: str) -> bool:
        """Whether a fault strikes on an occasion that it has."""
        rate = next((one.rate for one in self.faults if one.id == fault), 0.0)
        return rate >= 1 or (rate > 0 and self.dice.random() < rate)

    def shut(self, node: str) -> int:
        """Until when a node's door is shut; 0 while it is open."""
        since, until = self.outages.get(node, (0, 0))
        return until if since <= self.now < until else 0

    def arrival(self, source: str, moment: int, kind: str = "") -> int:
        """When what a source says at a moment reaches us."""
        if every := ASKED_EVERY if source == CLOUD.source and kind in BOOKED else self._every(source):
            slot = moment // every + 1
            return slot * every + random.Random(f"{self.seed} {source} {slot}").randint(20, 120)
        return moment + self.between(*_LATENCY.get(source, (2, 30)))

    def _every(self, source: str) -> int:
        return NODES[source].every if source in NODES else _BATCH.get(source, 0)

    def slowest(self, source: str) -> int:
        """How long at most what a system says is on its way to us."""
        if every := self._every(source):
            return every + 2 * MINUTE + self.late
        return _LATENCY.get(source, (2, 30))[1] + (15 * MINUTE if self.shuffled else 0)

    def _delay(self, source: str, heard: int) -> int:
        """How much later than the others we hear it: whole files by `late`, single messages out of their order."""
        if self._every(source) and self.late:
            return random.Random(f"{self.seed} {source} {heard // 600}").randrange(self.late)
        return self.dice.randrange(15 * MINUTE) if self.shuffled else 0

    def tell(
        self, source: str, kind: str, order: Order | None, keys: dict[str, Any], lines: Iterable[Line] = (), **data: Any
    ) -> Fact:  # fmt: skip
        """A system says that something has just happened."""
        so = order.number if order else ""
        heard = self.arrival(source, self.now, kind)
        fact = Fact(self.now, source, kind, so, keys, tuple(lines), data, heard + self._delay(source, heard), heard)
        held = self.held_back.get(source)
        if held and held.since <= self.now < held.until:
            fact.arrives = fact.heard = max(fact.arrives, held.until)
            fact.spell = held.fault
        if skew := self.skewed.get(source):
            self._skew(skew, fact)
        if source in self.cut and kind == "shipment.dispatched":
            self._cut_off(fact)
        if source == NUMBERED and not self.offset:
            fact.data["sequence"] = self.number(f"told {source}")
        if source in self.mislaid and kind == "package.packed":
            self._mislay(fact)
        fact.number = self.offset * _FACTS + len(self.facts) + 1
        self.facts.append(fact)
        return fact

    def _skew(self, skew: Skew, fact: Fact) -> None:
        """A wrong time shows with the first message that has it; twenty in order end the doubt."""
        if skew.since <= fact.at < skew.until:
            fact.written_at += skew.offset
            skew.seen = skew.seen or self.expect("F27", 0, None, fact.arrives, subject=fact.source)
        elif skew.seen and skew.seen.until is None:
            skew.in_order += 1
            skew.seen.until = fact.arrives if skew.in_order == _IN_ORDER else None

    def _cut_off(self, fact: Fact) -> None:
        """The message breaks off; the sender is asked and sends it again."""
        self.cut.discard(fact.source)
        fact.data["broken_at"] = fact.arrives
        again = fact.arrives + 3 * HOUR
        self.expect("F40", 0, None, fact.arrives, again, subject=fact.source)
        fact.arrives = fact.heard = again

    def _mislay(self, fact: Fact) -> None:
        """The message does not come; its number is missed, the sender is asked and sends it again."""
        self.mislaid.discard(fact.source)
        fact.arrives += 6 * HOUR
        fact.spell = "F40"

    def expect(
        self, fault: str, which: int, order: Order | None, since: int, until: int | None = None, subject: str = ""
    ) -> Expected:  # fmt: skip
        """The exception number `which` of a fault should be seen. Set `until` later where it ends."""
        return self.expect_code(CATALOGUE[fault].codes[which], fault, order, since, until, subject)

    def expect_code(
        self, code: str, fault: str, order: Order | None, since: int, until: int | None = None, subject: str = ""
    ) -> Expected:  # fmt: skip
        """An exception that should be seen, by its code: also of what is no fault, as a hold within its time."""
        made = Expected(code, order.number if order else "", since, until, fault, subject)
        self.expected.append(made)
        return made

    def open_spell(self, fault: str, which: int, place: str, since: int, subject: str) -> None:
        """Something is wrong with a subject until `close_spells` is told of its place."""
        self.open_code(CATALOGUE[fault].codes[which], fault, place, since, subject)

    def open_code(self, code: str, fault: str, place: str, since: int, subject: str) -> None:
        """The same for what follows from a fault, by its code."""
        self._spells.append((place, self.expect_code(code, fault, None, since, subject=subject)))

    def close_spells(self, place: str, until: int) -> None:
        """What was wrong at a place is over once this has arrived."""
        for where, one in self._spells:
            if where == place and one.until is None:
                one.until = until
        self._spells = [(where, one) for where, one in self._spells if where != place]


def soon(stage: Stage, least: int = 1, most: int = 5) -> simpy.Event:
    """Some minutes."""
    return stage.env.timeout(stage.between(least * MINUTE, most * MINUTE))
