"""What each exception code is called on a screen: as its rule says. A code without a rule is read out as it is written."""

from functools import cache

from app.model import judgements
from rules.book import load
from rules.finding import Finding
from rules.kinds import KINDS

#: Codes that are announced and have no rule yet.
_AWAITED = {
    "source_silent": "Source is silent",
    "inventory_stale": "Stock counted too long ago",
    "stream_gap": "Changes lost from a stream",
    "volume_off": "Fewer or more messages than agreed",
    "clock_or_zone_error": "Clock or zone set wrong",
    "slo_burning": "Error budget burns",
    "interface_degrading": "Interface degrading",
}


@cache
def titles() -> dict[str, str]:
    """code -> what it is called; of several rules with one code the first says it."""
    rules = [rule for rule in load(KINDS) if rule.exception or isinstance(rule, Finding)]
    said = {rule.code: rule.exception or rule.title for rule in reversed(rules)}
    return _AWAITED | judgements.TITLES | said


@cache
def said_by_title() -> frozenset[str]:
    """Codes whose title says all of the cause; an order may be blocked by many."""
    told = {rule.code for rule in load(KINDS) if isinstance(rule, Finding)} | judgements.CODES.keys()
    return frozenset(told - {"order_blocked"})


def title(code: str, cause: str | None = None) -> str:
    """The title of a case; a blocked order says by what, a budget that burns of which objective."""
    words = titles().get(code) or code.replace("_", " ").capitalize()
    if code == "slo_burning" and cause:
        return f"{words}: {cause}"
    if code != "order_blocked" or not cause:
        return words
    kind, _, detail = cause.partition(":")
    return f"{words}: {detail.replace('_', ' ')} {kind}" if detail else f"{words}: {kind.replace('_', ' ')}"
