"""Which events play which part for which clock, told once for all rules so that one join gives every rule its events.

A rule has one clock, or one for each type of start. A step that later evidence implies counts as a stop or a void,
never as a start; so a part has the evidence beside the step itself.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from app.contracts import Reading
from app.model.taxonomy import EVENTS, RANK
from rules.holds import ENDED as RELEASING
from rules.holds import PLACED as HOLDING
from rules.rule import PAUSING, PROMISING, Deadline, evidence

START, STOP, VOID, PLACED, RELEASED, PROMISE, PAUSED, RESUMED = range(8)
_TYPES = {name: number for number, name in enumerate(EVENTS)}
#: The types that place and release a hold of the credit desk.
CREDIT = tuple(_TYPES[name] for name in (*HOLDING, *RELEASING) if "credit" in name)
_SCHEMA = {
    "what": pl.UInt16, "clock": pl.UInt64, "part": pl.UInt8, "type": pl.UInt64, "rank": pl.Int32, "reaches": pl.Boolean,
}  # fmt: skip
#: One part: what is read, as what, the step it tells of, the stage of a step that is only implied, and `reaches`.
_Part = tuple[str, int, str, int | None, bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts`: what, clock, part, type, rank, reaches. `clocks`: rule and occurrence of each clock by its number."""

    parts: pl.DataFrame
    clocks: pl.DataFrame


def plan(rules: Sequence[Deadline], what: Mapping[Reading, int]) -> Plan:
    """The parts that the events in `what` play for these rules."""
    clocks = [(place, occurrence) for place, rule in enumerate(rules) for occurrence in _occurrences(rule)]
    rows = [
        (what[reading], number, part, _TYPES[told], rank, reaches)
        for number, (place, occurrence) in enumerate(clocks)
        for event, part, told, rank, reaches in _parts(rules[place], occurrence)
        for reading in _readings(rules[place], event)
        if reading in what
    ]
    return Plan(
        pl.DataFrame(rows, schema=_SCHEMA, orient="row"),
        pl.DataFrame(clocks, schema={"rule": pl.UInt16, "occurrence": pl.String}, orient="row"),
    )


def _occurrences(rule: Deadline) -> tuple[str, ...]:
    return rule.start if rule.occurrences == "each_type" else ("1",)


def _readings(rule: Deadline, event: str) -> Iterator[Reading]:
    yield rule.over, event, False
    if rule.otherwise:
        yield rule.over, event, True


def _parts(rule: Deadline, occurrence: str) -> Iterator[_Part]:
    starts = (occurrence,) if rule.occurrences == "each_type" else rule.start
    yield from ((event, START, event, None, False) for event in starts)
    for stop in rule.stop:
        for event in evidence(stop.event):
            implied = RANK.get(EVENTS[stop.event][1]) if event != stop.event else None
            yield event, STOP, stop.event, implied, bool(stop.reaches)
    yield from ((event, VOID, void, None, False) for void in rule.void for event in evidence(void))
    if rule.restart:
        yield from ((event, PLACED, event, None, False) for event in HOLDING)
        yield from ((event, RELEASED, event, None, False) for event in RELEASING)
    for pause in rule.pause:
        yield pause, PAUSED, pause, None, False
        yield PAUSING[pause], RESUMED, PAUSING[pause], None, False
    if rule.due:
        yield from ((event, PROMISE, event, None, False) for event in PROMISING)
