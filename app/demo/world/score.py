"""What the product says, laid beside the truth: per fault and code, per event, per order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from functools import reduce
from statistics import median
from typing import Any, TypeVar

from app.demo.world.clocks import booked, broken, missed, silent_suppliers, still, told, unheard
from app.demo.world.hours import naive
from app.demo.world.numbering import holes
from app.demo.world.order import Fact
from app.demo.world.skewed import shows
from app.demo.world.stage import Expected, Stage
from app.demo.world.truth import MEASURES, last

#: What two messages of one cause may differ by: a check runs some time after a message came.
_PATIENCE = 5 * 60


#: Codes besides the clocks that compare times which a sender wrote: which of two things came first.
_HANG_ON_THE_HOUR = ("shipped_on_hold", "shipped_after_cancel", "change_too_late", "stale_revision_shipped", "ticket_before_alert",
                     "status_diverged")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """An exception of the product: instants are naive UTC, `so` as it normalises order numbers.

    `subject` is what it is of, "" for the order itself; `void` that it was taken back, `folded` that it stands under another.
    """

    code: str
    so: str
    subject: str
    opened_at: datetime
    cleared_at: datetime | None
    void: bool
    folded: bool
    cause: str = ""

    def answers(self, one: Expected) -> bool:
        """Whether this is what is expected: the same subject, or the order that it is of, while it should stand open."""
        if (self.code, self.so) != (one.code, plain(one.so)) or (one.subject and self.subject not in ("", one.subject)):
            return False
        # What healed before anybody looked is opened and closed in one, and dated back to when it was over.
        begin, lasting = min(self.opened_at, self.cleared_at or self.opened_at), self.cleared_at is None
        return (one.until is None or begin <= naive(one.until + _PATIENCE)) and (
            lasting or max(self.opened_at, self.cleared_at or begin) >= naive(one.since)
        )


@dataclass(slots=True)
class Tally:
    """Counts of one code; `delays` are seconds from when it could be seen until it was.

    `causes` is how many expectations there were before those of one subject were merged, `early` how many were found that
    stood open before they could be true. What is not scored stands in `aside` by the reason why. A case that was taken back
    is neither found nor false, a folded one is like any other.
    """

    causes: int = 0
    expected: int = 0
    found: int = 0
    early: int = 0
    folded: int = 0
    voided: int = 0
    missed: list[Expected] = field(default_factory=list)
    false: list[Said] = field(default_factory=list)
    still_open: list[Expected] = field(default_factory=list)
    aside: dict[str, list[Expected]] = field(default_factory=lambda: defaultdict(list))
    delays: list[float] = field(default_factory=list)

    @property
    def delay(self) -> float | None:
        """The median delay in seconds."""
        return median(self.delays) if self.delays else None


def plain(number: str) -> str:
    """An order number without its padding."""
    return number.lstrip("0") if number.isdigit() else number


def expectations(stage: Stage, now: int) -> list[Expected]:
    """All that should have been seen by now: what faults and holds brought about, and every clock that ran out."""
    by_order = facts_by_order(stage)
    made = [replace(one) for one in stage.expected if one.since <= now]
    first = _first_words(stage, now)
    made += silent_suppliers(told(stage.facts, now), first)
    made += still(stage.facts, now)
    for order in stage.orders:
        made += missed(order, by_order.get(order.number, []), now)
        made += unheard(order, by_order.get(order.number, []), first, now)
        made += broken(order, by_order.get(order.number, []), now)
        made += booked(order, by_order.get(order.number, []), now)
    made += holes(stage.facts, now)
    blurred = {fact.so for fact in stage.facts if fact.written_at != fact.at}
    hidden = {source for source in stage.skewed if not shows(source, stage.facts, now)}
    for one in made:
        one.unsure = one.unsure or (one.so in blurred and one.code in _HANG_ON_THE_HOUR)
        one.unsure = one.unsure or (one.fault == "F27" and one.subject in hidden)
    return merged(one for one in made if one.since <= now)


def _first_words(stage: Stage, now: int) -> dict[str, int]:
    """When each source was heard first."""
    first: dict[str, int] = {}
    for fact in told(stage.facts, now):
        first[fact.source] = min(fact.arrives, first.get(fact.source, fact.arrives))
    return first


def not_scored(one: Expected, ticks: Iterable[int], lasting: Collection[str], now: int) -> str:
    """Why nothing can be said of an expectation, "" where it can: a time was told wrong, it has only just begun, or it had
    healed before anybody looked. Codes in `lasting` are found afterwards as well."""
    if one.unsure:
        return "unsure"
    if max(one.since, one.sure) + _PATIENCE > now:
        return "fresh"
    return "" if one.code in lasting or visible(one, ticks) else "unseen"


def visible(one: Expected, ticks: Iterable[int]) -> bool:
    """Whether it stood open at any moment at which somebody looked: what healed in between has left no trace to find."""
    return any(one.since + _PATIENCE <= tick and (one.until is None or one.until > tick) for tick in ticks)


def facts_by_order(stage: Stage) -> dict[str, list[Fact]]:
    """The facts of each order."""
    found: dict[str, list[Fact]] = defaultdict(list)
    for fact in stage.facts:
        if fact.so:
            found[fact.so].append(fact)
    return found


def merged(expected: Iterable[Expected]) -> list[Expected]:
    """One expectation per code and subject of an order and spell: the earliest moment, and open while any of them is."""
    found: dict[tuple[str, str, str], list[Expected]] = defaultdict(list)
    for one in sorted(expected, key=lambda e: e.since):
        spells = found[one.code, one.so, one.subject]
        last = spells[-1] if spells else None
        if last is None or (last.until is not None and last.until + _PATIENCE < one.since):
            spells.append(replace(one))
            continue
        last.until = None if None in (last.until, one.until) else max(last.until or 0, one.until or 0)
        last.causes += one.causes
        last.unsure = last.unsure or one.unsure
    return [one for spells in found.values() for one in spells]


def compared(
    expected: Iterable[Expected], said: Iterable[Said], codes: set[str], now: int, aside: Callable[[Expected], str]
) -> dict[str, Tally]:  # fmt: skip
    """Per code of `codes`: what was expected, found, missed and false; `aside` says why an expectation is not scored."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    cases: dict[tuple[str, str], list[Said]] = defaultdict(list)
    wanted: dict[tuple[str, str], list[Expected]] = defaultdict(list)
    for case in said:
        if case.code in codes:
            tallies[case.code].voided += case.void
            cases[case.code, case.so] += [] if case.void else [case]
    for one in expected:
        if one.code in codes:
            key = one.code, plain(one.so)
            wanted[key].append(one)
            _tallied(tallies[one.code], one, [case for case in cases[key] if case.answers(one)], now, aside(one))
    for key, some in cases.items():
        tallies[key[0]].folded += sum(case.folded for case in some)
        tallies[key[0]].false += [case for case in some if not any(case.answers(one) for one in wanted[key])]
    return dict(tallies)


def _tallied(tally: Tally, one: Expected, cases: list[Said], now: int, aside: str) -> None:
    if aside:
        tally.aside[aside].append(one)
        return
    tally.expected += 1
    tally.causes += one.causes
    if not cases:
        tally.missed.append(one)
        return
    tally.found += 1
    delay = (min(case.opened_at for case in cases) - naive(one.since)).total_seconds()
    tally.delays.append(delay)
    tally.early += delay < -_PATIENCE
    over = one.until is not None and one.until + _PATIENCE <= now
    if over and any(case.cleared_at is None for case in cases):
        tally.still_open.append(one)


@dataclass(frozen=True, slots=True)
class OrderSaid:
    """An order of the product: its stage, and of each line the thirteen quantities."""

    stage: str
    ledger: Mapping[str, Mapping[str, int]]


@dataclass(slots=True)
class Equality:
    """How many orders are as they truly are, and how those differ that are not; `unknown` of the product's are none, `lost` are
    not there, as one that was merged into another; `shared` are numbers that several orders have."""

    orders: int = 0
    unknown: int = 0
    lost: int = 0
    shared: int = 0
    stages: int = 0
    ledgers: int = 0
    both: int = 0
    differing: list[str] = field(default_factory=list)


def equality(stage: Stage, said: Mapping[str, OrderSaid], now: int) -> Equality:
    """The product's orders beside the truth; one that it does not know is not equal."""
    found = Equality(shared=_shared(stage, now))
    for number, facts in sorted(facts_by_order(stage).items()):
        true = last(facts, now)
        if true is None or not true.created:
            continue
        found.orders += 1
        ours = said.get(plain(number))
        differences = _differences(true.stage(), true.ledger(), ours)
        found.stages += not any(d.startswith("stage") for d in differences)
        found.ledgers += not any(not d.startswith("stage") for d in differences)
        found.both += not differences
        found.lost += ours is None
        if differences:
            found.differing.append(f"{number}: " + "; ".join(differences[:6]))
    for number in _unknown(stage, said, now):
        found.unknown += 1
        found.differing.append(f"{number}: there is no such order")
    return found


def _shared(stage: Stage, now: int) -> int:
    orders: dict[tuple[str, str], set[str]] = defaultdict(set)
    for fact in stage.facts:
        if fact.so and fact.copies and fact.arrives <= now:
            for kind, said in (fact.keys | {"trace": fact.data.get("batch")}).items():
                for value in said if isinstance(said, list) else [said]:
                    orders[kind, str(value)].add(fact.so)
    return sum(len(some) > 1 for (_, value), some in orders.items() if value != "None")


def _unknown(stage: Stage, numbers: Iterable[str], now: int) -> list[str]:
    """Order numbers of which nothing was told."""
    return sorted(set(numbers) - {plain(fact.so) for fact in stage.facts if fact.copies and fact.arrives <= now})


def _differences(stage: str, ledger: Mapping[str, Mapping[str, int]], ours: OrderSaid | None) -> list[str]:
    if ours is None:
        return ["stage: not known"]
    found = [f"stage {ours.stage}, true {stage}"] if ours.stage != stage else []
    for number, true in ledger.items():
        line = ours.ledger.get(number, {})
        found += [f"line {number} {m} {line.get(m)}, true {true[m]}" for m in MEASURES if line.get(m, 0) != true[m]]
    found += [f"line {number} is not of the order" for number in sorted(set(ours.ledger) - set(ledger))]
    return found


Counts = TypeVar("Counts", Tally, Equality, "Linking")


def added(parts: Sequence[Counts]) -> Counts:
    """The counts of several worlds as one: numbers add up, lists follow each other."""
    total = type(parts[0])()
    for name in (one.name for one in fields(total)):
        setattr(total, name, reduce(_both, (getattr(part, name) for part in parts)))
    return total


def _both(mine: Any, theirs: Any) -> Any:
    if not isinstance(mine, dict):
        return mine + theirs
    return {key: [*mine.get(key, ()), *theirs.get(key, ())] for key in (*mine, *(theirs.keys() - mine))}


Link = tuple[str, str, datetime]


@dataclass(slots=True)
class Linking:
    """Events linked to the right order: of those linked (precision), and of those that belong to one (recall).

    What is linked to an order that does not exist is linked wrongly.
    """

    right: int = 0
    linked: int = 0
    belonging: int = 0
    wrong: list[str] = field(default_factory=list)


def linking(stage: Stage, linked: Mapping[str, set[Link]], now: int, says: Mapping[tuple[str, str], str]) -> Linking:
    """Events by (source, type, time) of each order beside the facts that they tell; `says` where a wire has another word."""
    found = Linking()
    kinds = {(f.source, says.get((f.source, f.type), f.type)) for f in stage.facts}
    by_order = facts_by_order(stage) | {number: [] for number in _unknown(stage, linked, now)}
    for number, facts in by_order.items():
        # Before it is entered an order has no number to be found by, but what is linked to its number is looked at.
        if not any(f.type == "order.created" and f.arrives <= now for f in facts) and plain(number) not in linked:
            continue
        told = (f for f in facts if f.copies and f.arrives <= now)
        true = {(f.source, says.get((f.source, f.type), f.type), naive(f.written_at)) for f in told}
        ours = {link for link in linked.get(plain(number), set()) if link[:2] in kinds}
        found.right += len(true & ours)
        found.linked += len(ours)
        found.belonging += len(true)
        found.wrong += [
            f"{number}: {kind} of {source} at {at} is not of it" for source, kind, at in sorted(ours - true)
        ]
        found.wrong += [f"{number}: {kind} of {source} at {at} is missing" for source, kind, at in sorted(true - ours)]
    return found
