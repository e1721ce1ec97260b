"""Examples of rules of kind `interface`: windows, and whether the interface is degrading at an instant."""

import polars as pl

from app import stories
from rules.degradation.rule import LENGTH, Degrading, Spell, told
from rules.kinds.interface import degrading, looks


def otherwise(example: Spell, rule: Degrading) -> str:
    """How an example turned out, when that is not what it says; "" when it is."""
    windows = told(example.windows).with_columns(side=pl.lit(example.side))
    found = looks(windows, rule.at(example.source, example.interface, example.side))
    on = degrading(found, stories.instant(example.now), LENGTH)
    state = "breached" if len(on) else "met"
    why = ", ".join(on["exceeds"].explode().drop_nulls().to_list()) or "nothing"
    return "" if state == example.state else f"is {state} and not {example.state} (exceeded: {why})"
