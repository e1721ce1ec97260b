"""What each exception code is called on a screen: as its rule says. A code without a rule is read out as it is written."""

from functools import cache

from app.model.judgements import REPORTED_LATE
from rules.book import load
from rules.finding import Finding
from rules.kinds import KINDS
from rules.kinds.agreement import Agreement
from rules.kinds.outage import Outage

#: Facts of agreements of which the cause says more than the title: fewer or more, ahead or before.
_SEVERAL = ("volume", "clock")


@cache
def titles() -> dict[str, str]:
    """code -> what it is called; of several rules with one code the first says it."""
    rules = [rule for rule in load(KINDS) if rule.exception or isinstance(rule, Finding)]
    return {REPORTED_LATE.code: REPORTED_LATE.title} | {r.code: r.exception or r.title for r in reversed(rules)}


@cache
def said_by_title() -> frozenset[str]:
    """Codes whose title says all of the cause; an order may be blocked by many."""
    told = {rule.code for rule in load(KINDS) if isinstance(rule, Finding | Outage)}
    told |= {rule.code for rule in load(KINDS) if isinstance(rule, Agreement) and rule.of not in _SEVERAL}
    return frozenset((told | {REPORTED_LATE.code}) - {"order_blocked"})


def title(code: str, cause: str | None = None) -> str:
    """The title of a case; a blocked order says by what, a budget that burns of which objective."""
    words = titles().get(code) or code.replace("_", " ").capitalize()
    if code == "slo_burning" and cause:
        return f"{words}: {cause}"
    if code != "order_blocked" or not cause:
        return words
    kind, _, detail = cause.partition(":")
    return f"{words}: {detail.replace('_', ' ')} {kind}" if detail else f"{words}: {kind.replace('_', ' ')}"
