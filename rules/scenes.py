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
from rules.source import Fault

#: Tells the engine all stories with the rules, and gives rows of `mark`, rule, code, cause, subject, since.
Play = Callable[[Sequence[Finding], Sequence[Translation], datetime], pl.DataFrame]
_MEND = "Correct the example, or the rule if the example is right."
#: Exceptions of these subjects are told by names of systems, which therefore get the mark as well.
_OF_SYSTEMS = ("source", "partner", "interface")


@dataclass(frozen=True, slots=True)
class Told:
    """An example with its rule, its place and its mark; `said` is what it tells, or `fault` why it tells nothing."""

    entry: Entry
    place: int
    scene: Scene
    mark: str
    said: Translation | None = None
    fault: str = ""


def faults(entries: Sequence[Entry], play: Play) -> list[Fault]:
    """The examples that turn out otherwise than they say, each with its line."""
    rules = [entry.rule for entry in entries if isinstance(entry.rule, Finding)]
    scenes = [told(*one, f"X{number}X") for number, one in enumerate(_scenes(entries), start=100)]
    said = [one for one in scenes if one.said is not None]
    if not said:
        return [_fault(one, one.fault) for one in scenes]
    latest = max(stories.instant(one.scene.now) for one in said)
    found = play(rules, [one.said for one in said if one.said], latest)
    return [_fault(one, what) for one in scenes if (what := one.fault or otherwise(one, found))]


def told(entry: Entry, place: int, scene: Scene, mark: str) -> Told:
    """An example read and marked."""
    try:
        said = stories.parse(scene.story, mark)
    except OrderscopeError as fault:
        return Told(entry, place, scene, mark, fault=fault.detail)
    last = said.events["occurred_at"].max()
    if isinstance(last, datetime) and last > stories.instant(scene.now):
        return Told(entry, place, scene, mark, fault=f"tells of {last}, after its `now`")
    return Told(
        entry,
        place,
        scene,
        mark,
        marked(said, mark, isinstance(entry.rule, Finding) and entry.rule.over in _OF_SYSTEMS),
    )


def marked(said: Translation, mark: str, systems: bool) -> Translation:
    """The same story about other numbers, products and places; and by other systems where the exception is about one."""
    line = pl.element().struct.with_fields(sku=pl.lit(mark) + pl.field("sku"))
    events = said.events.with_columns(location=pl.lit(mark) + pl.col("location"), lines=pl.col("lines").list.eval(line))
    mentions = said.mentions.with_columns(value=pl.lit(mark) + pl.col("value"))
    if systems:
        events = events.with_columns(pl.col(name) + pl.lit(f"-{mark}") for name in ("source", "partner"))
        mentions = mentions.with_columns(issuer=pl.col("issuer") + pl.lit(f"-{mark}"))
    return Translation(events, mentions)


def otherwise(one: Told, found: pl.DataFrame) -> str:
    """How an example turned out, when that is not what it says; "" when it is."""
    scene, now = one.scene, stories.instant(one.scene.now)
    rows = found.filter((pl.col("mark") == one.mark) & (pl.col("rule") == one.entry.rule.id))
    if scene.cause:
        rows = rows.filter(pl.col("cause") == scene.cause)
    if scene.subject:
        rows = rows.filter(pl.col("subject").str.replace_all(one.mark, "", literal=True).str.ends_with(scene.subject))
    state = "met" if rows.is_empty() else "breached" if (rows["since"] <= now).any() else "running"
    if state == scene.state:
        return ""
    listed = "; ".join(f"{row['cause']} since {row['since']}" for row in rows.sort("since", "cause").to_dicts())
    return f"is {state} and not {scene.state}" + (f" ({listed})" if listed else "")


def _scenes(entries: Sequence[Entry]) -> list[tuple[Entry, int, Scene]]:
    return [
        (entry, place, scene)
        for entry in entries
        if isinstance(entry.rule, Finding)
        for place, scene in enumerate(entry.rule.examples)
    ]


def _fault(one: Told, what: str) -> Fault:
    return one.entry.fault(f"example {one.place + 1}: {what}", _MEND, "examples", one.place)
