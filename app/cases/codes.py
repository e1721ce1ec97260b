"""What rules say of exception codes: what each is called, and which fold under an outage.

One process goes by one book: whoever keeps it says so by `use` each time it changes. Until then, and for codes of which
it says nothing, the catalogue's word counts.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.model.judgements import REPORTED_LATE
from rules.book import load
from rules.finding import Finding
from rules.kinds import KINDS
from rules.kinds.agreement import Agreement
from rules.kinds.outage import Outage
from rules.objective.rule import Objective

#: Facts of agreements of which the cause says more than the title: fewer or more, ahead or before.
_SEVERAL = ("volume", "clock")


@dataclass(frozen=True, slots=True)
class Codes:
    """`titles` by code; `whole`, the codes whose title says all of the cause (an order may be blocked by many); `folds` by
    the code of an outage or the id of an objective."""

    titles: Mapping[str, str]
    whole: frozenset[str]
    folds: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, rules: Iterable[Any]) -> "Codes":
        """As rules say; of several with one code the first."""
        rules = list(rules)
        found = [
            r for r in rules if isinstance(r, Finding | Outage) or (isinstance(r, Agreement) and r.of not in _SEVERAL)
        ]
        return cls(
            {r.code: r.exception or r.title for r in reversed(rules) if r.exception or isinstance(r, Finding)},
            frozenset(rule.code for rule in found),
            {rule.code: rule.folds.codes for rule in reversed(rules) if isinstance(rule, Outage)}
            | {rule.id: rule.folds.codes for rule in rules if isinstance(rule, Objective) and rule.folds},
        )


@cache
def shipped() -> Codes:
    """What the catalogue says, and where it says nothing, the product."""
    said = Codes.of(load(KINDS))
    whole = (said.whole | {REPORTED_LATE.code}) - {"order_blocked"}
    return Codes({REPORTED_LATE.code: REPORTED_LATE.title, **said.titles}, whole, said.folds)


_now: list[Codes] = []


def use(rules: Iterable[Any]) -> None:
    """Go by these rules from now on."""
    said = Codes.of(rules)
    whole = (shipped().whole | said.whole) - {"order_blocked"}
    _now[:] = [Codes({**shipped().titles, **said.titles}, whole, said.folds)]


def now() -> Codes:
    """What is said now."""
    return _now[0] if _now else shipped()
