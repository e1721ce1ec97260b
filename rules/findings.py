"""The rules over findings in force: what the store must know to find their facts, and what they say of what was found."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import polars as pl

from app.calendar import Calendars
from app.contracts import Clocks
from app.model.taxonomy import IMPLIES, RANK
from rules.comparing import Divergence, Match
from rules.duplicate import Duplicate
from rules.finding import TOLERATED, Finding, State
from rules.kinds.duplicate import suspected
from rules.kinds.finding import judged
from rules.kinds.match import mismatched
from rules.lengths import span
from rules.sequence.rule import Sequence as Ordering

_MICRO = timedelta(microseconds=1)
_TEXT, _WHOLE, _EXACT = pl.String, pl.Int64, pl.Decimal(18, 6)
Kind = TypeVar("Kind", bound=Finding)
Table = tuple[Mapping[str, Any], list[tuple[object, ...]]]


@dataclass(frozen=True, slots=True)
class Findings:
    """The rules, the clocks on which their grace runs, and whose calendar each partner keeps.

    With `apart` every rule says what it finds, also where another says the same.
    """

    rules: Sequence[Finding] = ()
    clocks: Clocks = field(default_factory=lambda: Calendars({}))
    calendars: Mapping[str, str] = field(default_factory=dict)
    apart: bool = False

    @property
    def tables(self) -> dict[str, pl.DataFrame]:
        """name -> what the statements that find facts must know of the rules; durations in microseconds."""
        told = {
            "compared": _compared(self._of(Divergence)), "rung": _rungs(self._of(Divergence)),
            "expected": _expected(self._of(Ordering)), "side": _sides(self._of(Match)),
            "alike": _alike(self._of(Duplicate)), "waiting_code": _waiting(self._of(State)),
            "tolerated": _tolerated(self._of(State)),
        }  # fmt: skip
        return {name: pl.DataFrame(rows, schema=columns, orient="row") for name, (columns, rows) in told.items()}

    @property
    def feeds(self) -> tuple[str, ...]:
        """Event types that some source must be able to deliver before their absence proves anything."""
        awaited = [event for rule in self._of(Ordering) for event in rule.awaited]
        return tuple(dict.fromkeys((*awaited, *(need for rule in self.rules for need in rule.needs))))

    @property
    def mismatching(self) -> frozenset[str]:
        """What must have been seen before quantities can fail to match; goods of a drop shipment leave by notice."""
        moving = {event for rule in self._of(Match) for event in rule.reads}
        return frozenset(moving | ({"asn.received"} if "shipment.dispatched" in moving else set()))

    @property
    def ordering(self) -> frozenset[str]:
        """What must have been seen before events can be out of order or missing."""
        pairs = [(expect.template, *expect.pair) for rule in self._of(Ordering) for expect in rule.expect]
        return frozenset(
            "inferred" if template == "responded_existence" and two in IMPLIES.get(one, ()) else two
            if template == "precedence" else one
            for template, one, two in pairs
        )  # fmt: skip

    @property
    def alike(self) -> str:
        """What an order must have before it can be like another: its customer's number, where every rule compares that."""
        orders = [rule for rule in self._of(Duplicate) if rule.over == "order"]
        return "" if not orders else "cpo" if all("cpo" in rule.same for rule in orders) else "order.created"

    def suspected(self, pairs: pl.DataFrame) -> pl.DataFrame:
        """The pairs of orders (rule, a, b, apart, and their `a.*` and `b.*`) that a rule suspects: rule, a, b."""
        return suspected(pairs, [rule for rule in self._of(Duplicate) if rule.over == "order"])

    def judged(self, found: pl.DataFrame, unfed: Collection[str]) -> pl.DataFrame:
        """The judgements of what was found."""
        return judged(found, self.rules, self.clocks, unfed, self.calendars, self.apart)

    def mismatched(self, lines: pl.DataFrame) -> pl.DataFrame:
        """The lines whose quantities do not fit together, by rule."""
        return mismatched(lines, self._of(Match))

    def _of(self, kind: type[Kind]) -> list[Kind]:
        return [rule for rule in self.rules if isinstance(rule, kind)]


def micros(text: str) -> int:
    """A duration as microseconds, "" as 0."""
    return timedelta(seconds=span(text).seconds) // _MICRO if text else 0


def _compared(rules: list[Divergence]) -> Table:
    columns = {"rule": _TEXT, "truth": _TEXT, "view": _TEXT, "field": _TEXT, "most": _EXACT, "share": _EXACT}
    rows = [
        (rule.id, rule.truth, rule.view, one.field, max(one.most[0], Decimal(one.seconds)), one.most[1])
        for rule in rules
        for one in rule.compare
    ]
    return columns, [*rows]


def _rungs(rules: list[Divergence]) -> Table:
    """Each stage on each ladder: the highest rung at or below it."""
    ladders = {rule.view: sorted(RANK[stage] for stage in rule.ladder) for rule in rules if rule.ladder}
    ranks = [rank for rank in RANK.values() if rank >= 0]
    rows = [
        (view, rank, max(r for r in ladder if r <= rank))
        for view, ladder in ladders.items()
        for rank in ranks
        if rank >= ladder[0]
    ]
    return {"role": _TEXT, "rank": pl.Int32, "rung": pl.Int32}, [*rows]


def _expected(rules: list[Ordering]) -> Table:
    columns = {
        "rule": _TEXT, "over": _TEXT, "place": pl.Int32, "template": _TEXT, "one": _TEXT, "two": _TEXT, "within": _WHOLE,
        "settle": _WHOLE, "at_role": _TEXT, "naming": _TEXT, "cause": _TEXT, "together": pl.Boolean,
        "times": pl.Int32,
    }  # fmt: skip
    rows = [
        (rule.id, rule.over, place, one.template, *one.pair, micros(one.within), micros(rule.settle), one.at,
         one.naming, one.cause, rule.together, one.times)
        for rule in rules for place, one in enumerate(rule.expect)
    ]  # fmt: skip
    resets = [
        (rule.id, rule.over, place, "since", "", event, 0, 0, "", "", "", False, 0)
        for rule in rules for place, one in enumerate(rule.expect) for event in one.since[1:]
    ]  # fmt: skip
    answered = [
        (rule.id, rule.over, place, "unless", "", event, 0, 0, "", "", "", False, 0)
        for rule in rules for place, one in enumerate(rule.expect) for event in one.unless_after
    ]  # fmt: skip
    return columns, [*rows, *resets, *answered]


def _sides(rules: list[Match]) -> Table:
    return {"rule": _TEXT, "type": _TEXT}, [(rule.id, event) for rule in rules for event in rule.sides]


def _alike(rules: list[Duplicate]) -> Table:
    columns = {"rule": _TEXT, "over": _TEXT, "field": _TEXT}
    return columns, [(rule.id, rule.over, name) for rule in rules for name in rule.same]


def _tolerated(rules: list[State]) -> Table:
    """How far a measured fact may be off before it is found: all rules over it say the same."""
    said = TOLERATED | {rule.fact: rule.measured for rule in rules if rule.measured}
    return {"fact": _TEXT, "most": _EXACT, "share": _EXACT}, [(fact, one.abs, one.pct) for fact, one in said.items()]


def _waiting(rules: list[State]) -> Table:
    """Missed clocks that leave an order waiting for a decision or a repair: their own exception tells of them."""
    return {"code": _TEXT}, [(cause,) for rule in rules if rule.fact == "blocked" for cause in rule.told]
