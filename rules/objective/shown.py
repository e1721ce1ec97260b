"""Examples of rules of kind `slo`: a tally of verdicts, and whether the budget burns at an instant."""

from app import stories
from rules.kinds.slo import burning, spells
from rules.objective.rule import Objective, Tally, decided


def otherwise(example: Tally, rule: Objective) -> str:
    """How an example turned out, when that is not what it says; "" when it is."""
    burns = burning(spells(decided(example.dues), rule), stories.instant(example.now))
    state = "breached" if example.partner in burns["partner"] else "met"
    found = ", ".join(f"{one} by {window}" for one, window in burns.select("partner", "window").rows()) or "nobody's"
    return "" if state == example.state else f"is {state} and not {example.state} (burning: {found})"
