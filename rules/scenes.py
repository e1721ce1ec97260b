"""The examples of rules over findings: stories that are told to the engine side by side, so that none knows of another.

All are told at once. What a story names gets a mark of its own, by which its judgements are known again. Whoever runs
the stories comes from outside: rules know no engine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from app import stories
from app.errors import OrderscopeError
from app.model.event import Translation
from rules.book import Entry
from rules.finding import Finding, Scene

#: Tells the engine all stories with the rules, and gives rows of `mark`, rule, code, cause, subject, since.
Play = Callable[[Sequence[Finding], Sequence[Translation], datetime], pl.DataFrame]
#: Exceptions of these subjects are told by names of systems, which therefore get the mark as well.
_OF_SYSTEMS = ("source", "partner", "interface")


@dataclass(frozen=True, slots=True)
class Told:
    """An example with its rule and its mark; `said` is what it tells, or `fault` why it tells nothing."""

    rule: Finding
    scene: Scene
    mark: str
    said: Translation | None = None
    fault: str = ""


def otherwise(entries: Sequence[Entry], play: Play) -> dict[tuple[int, int], str]:
    """(number of the rule, number of its example) -> how it turned out, where that is not what it says."""
    rules = [(n, entry.rule) for n, entry in enumerate(entries) if isinstance(entry.rule, Finding)]
    places = [((n, place), rule, scene) for n, rule in rules for place, scene in enumerate(rule.examples)]
    every = {place: told(rule, scene, f"X{mark}X") for mark, (place, rule, scene) in enumerate(places, start=100)}
    said = [one for one in every.values() if one.said is not None]
    found = pl.DataFrame()
    if said:
        latest = max(stories.instant(one.scene.now) for one in said)
        found = play([rule for _, rule in rules], [one.said for one in said if one.said], latest)
    return {place: what for place, one in every.items() if (what := one.fault or outcome(one, found))}


def told(rule: Finding, scene: Scene, mark: str) -> Told:
    """An example read and marked."""
    try:
        said = stories.parse(scene.story, mark)
    except OrderscopeError as fault:
        return Told(rule, scene, mark, fault=fault.detail)
    last = said.events["occurred_at"].max()
    if isinstance(last, datetime) and last > stories.instant(scene.now):
        return Told(rule, scene, mark, fault=f"tells of {last}, after its `now`")
    return Told(rule, scene, mark, marked(said, mark, rule.over in _OF_SYSTEMS))


def marked(said: Translation, mark: str, systems: bool) -> Translation:
    """The same story about other numbers, products and places; and by other systems where the exception is about one."""
    line = pl.element().struct.with_fields(sku=pl.lit(mark) + pl.field("sku"))
    events = said.events.with_columns(location=pl.lit(mark) + pl.col("location"), lines=pl.col("lines").list.eval(line))
    mentions = said.mentions.with_columns(value=pl.lit(mark) + pl.col("value"))
    if systems:
        events = events.with_columns(pl.col(name) + pl.lit(f"-{mark}") for name in ("source", "partner"))
        mentions = mentions.with_columns(issuer=pl.col("issuer") + pl.lit(f"-{mark}"))
    return Translation(events, mentions)


def outcome(one: Told, found: pl.DataFrame) -> str:
    """How an example turned out, when that is not what it says; "" when it is."""
    scene, now = one.scene, stories.instant(one.scene.now)
    rows = found.filter((pl.col("mark") == one.mark) & (pl.col("rule") == one.rule.id))
    if scene.cause:
        rows = rows.filter(pl.col("cause") == scene.cause)
    if scene.subject:
        rows = rows.filter(pl.col("subject").str.replace_all(one.mark, "", literal=True).str.ends_with(scene.subject))
    state = "met" if rows.is_empty() else "breached" if (rows["since"] <= now).any() else "running"
    if state == scene.state:
        return ""
    listed = "; ".join(f"{row['cause']} since {row['since']}" for row in rows.sort("since", "cause").to_dicts())
    return f"is {state} and not {scene.state}" + (f" ({listed})" if listed else "")
