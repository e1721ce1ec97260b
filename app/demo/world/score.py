"""What the product says, laid beside the truth: per fault and code, per event, per order."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from statistics import median

from app.demo.world.clocks import broken, missed
from app.demo.world.hours import naive
from app.demo.world.order import Fact
from app.demo.world.stage import Expected, Stage
from app.demo.world.truth import MEASURES, last

#: What two messages of one cause may differ by: a check runs some time after a message came.
_PATIENCE = 5 * 60


@dataclass(frozen=True, slots=True)
class Said:
    """An exception of the product: instants are naive UTC, `so` as it normalises order numbers."""

    code: str
    so: str
    subject: str
    opened_at: datetime
    cleared_at: datetime | None
    void: bool
    folded: bool
    cause: str = ""


@dataclass(slots=True)
class Tally:
    """Counts of one code; `delays` are seconds from when it could be seen until it was."""

    expected: int = 0
    found: int = 0
    missed: list[Expected] = field(default_factory=list)
    false: list[Said] = field(default_factory=list)
    still_open: list[Expected] = field(default_factory=list)
    consequences: int = 0
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
    for order in stage.orders:
        made += missed(order, by_order.get(order.number, []), now)
        made += broken(order, by_order.get(order.number, []), now)
    blurred = {fact.so for fact in stage.facts if fact.written_at != fact.at}
    for one in made:
        one.unsure = one.unsure or one.so in blurred
    return merged(made)


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
    """One expectation per code and order (or subject): the earliest moment, and open while any of them is."""
    found: dict[tuple[str, str], Expected] = {}
    for one in sorted(expected, key=lambda e: e.since):
        key = one.code, one.so or one.subject
        if key not in found:
            found[key] = replace(one)
        else:
            ends = (found[key].until, one.until)
            found[key].until = None if None in ends else max(end for end in ends if end is not None)
    return list(found.values())


def compared(expected: Iterable[Expected], said: Iterable[Said], codes: set[str], now: int) -> dict[str, Tally]:
    """Per code of `codes`: what was expected, found, missed and false."""
    tallies: dict[str, Tally] = defaultdict(Tally)
    by_key: dict[tuple[str, str], list[Said]] = defaultdict(list)
    for case in said:
        if case.code in codes and not case.void:
            by_key[case.code, case.so or case.subject].append(case)
    wanted = [one for one in expected if one.code in codes and one.since + _PATIENCE <= now and not one.unsure]
    for one in wanted:
        _tallied(tallies[one.code], one, _matching(by_key, one), now)
    known = {(one.code, plain(one.so)) for one in expected if one.so}
    named = [(one.code, one.subject) for one in expected if not one.so]
    for (code, key), cases in by_key.items():
        if (code, key) in known or any(code == c and part in key for c, part in named):
            continue
        unfolded = [case for case in cases if not case.folded]
        tallies[code].false += unfolded
        tallies[code].consequences += len(cases) - len(unfolded)
    return dict(tallies)


def _matching(by_key: Mapping[tuple[str, str], list[Said]], one: Expected) -> list[Said]:
    if one.so:
        return by_key.get((one.code, plain(one.so)), [])
    return [case for (code, key), cases in by_key.items() if code == one.code and one.subject in key for case in cases]


def _tallied(tally: Tally, one: Expected, cases: list[Said], now: int) -> None:
    tally.expected += 1
    if not cases:
        tally.missed.append(one)
        return
    tally.found += 1
    tally.delays.append((min(case.opened_at for case in cases) - naive(one.since)).total_seconds())
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
    """How many orders are as they truly are, and how those differ that are not."""

    orders: int = 0
    stages: int = 0
    ledgers: int = 0
    both: int = 0
    differing: list[str] = field(default_factory=list)


def equality(stage: Stage, said: Mapping[str, OrderSaid], now: int) -> Equality:
    """The product's orders beside the truth; one that it does not know is not equal."""
    found = Equality()
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
        if differences:
            found.differing.append(f"{number}: " + "; ".join(differences[:6]))
    return found


def _differences(stage: str, ledger: Mapping[str, Mapping[str, int]], ours: OrderSaid | None) -> list[str]:
    if ours is None:
        return ["stage: not known"]
    found = [f"stage {ours.stage}, true {stage}"] if ours.stage != stage else []
    for number, true in ledger.items():
        line = ours.ledger.get(number, {})
        found += [f"line {number} {m} {line.get(m)}, true {true[m]}" for m in MEASURES if line.get(m, 0) != true[m]]
    found += [f"line {number} is not of the order" for number in sorted(set(ours.ledger) - set(ledger))]
    return found


Link = tuple[str, str, datetime]


@dataclass(slots=True)
class Linking:
    """Events linked to the right order: of those linked (precision), and of those that belong to one (recall)."""

    right: int = 0
    linked: int = 0
    belonging: int = 0
    wrong: list[str] = field(default_factory=list)


def linking(stage: Stage, linked: Mapping[str, set[Link]], now: int, says: Mapping[tuple[str, str], str]) -> Linking:
    """Events by (source, type, time) of each order beside the facts that they tell; `says` where a wire has another word."""
    found = Linking()
    kinds = {(f.source, says.get((f.source, f.type), f.type)) for f in stage.facts}
    for number, facts in facts_by_order(stage).items():
        if not any(f.type == "order.created" and f.arrives <= now for f in facts):
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
