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
from rules.rule import PAUSING, Deadline, Pause, Restart, evidence

START, STOP, VOID, FINAL, AGAIN, PLACED, RELEASED, PROMISE, PAUSED, RESUMED = range(10)
_TYPES = {name: number for number, name in enumerate(EVENTS)}
#: The types that place and release a hold of the credit desk.
CREDIT = tuple(_TYPES[name] for name in (*HOLDING, *RELEASING) if "credit" in name)
_SCHEMA = {
    "what": pl.UInt16, "clock": pl.UInt64, "part": pl.UInt8, "type": pl.UInt64, "rank": pl.Int32, "reaches": pl.Boolean,
}  # fmt: skip
_CLOCKS = {"rule": pl.UInt16, "occurrence": pl.String, "how": pl.String}
#: One part: what is read, as what, the step it tells of, the stage of a step that is only implied, `reaches`, and `whole`.
_Part = tuple[str, int, str, int | None, bool, bool]


@dataclass(frozen=True, slots=True)
class Plan:
    """`parts`: what, clock, part, type, rank, reaches. `clocks`: rule, occurrence and `how` of each clock by its number.

    `how` is `first`, `each` or `each_document`. `kinds`: the clocks that only holds of some kinds pause, with these.
    """

    parts: pl.DataFrame
    clocks: pl.DataFrame
    kinds: pl.DataFrame


def plan(rules: Sequence[Deadline], what: Mapping[Reading, int]) -> Plan:
    """The parts that the events in `what` play for these rules."""
    clocks = [(place, occurrence) for place, rule in enumerate(rules) for occurrence in _occurrences(rule)]
    rows = [
        (what[reading], number, part, _TYPES[told], rank, reaches)
        for number, (place, occurrence) in enumerate(clocks)
        for event, part, told, rank, reaches, whole in _parts(rules[place], occurrence)
        for reading in _readings(rules[place], event, whole)
        if reading in what
    ]
    told = [(place, occurrence, _how(rules[place])) for place, occurrence in clocks]
    kinds = [(number, kind) for number, (place, _) in enumerate(clocks) for kind in _kinds(rules[place])]
    return Plan(
        pl.DataFrame(rows, schema=_SCHEMA, orient="row"),
        pl.DataFrame(told, schema=_CLOCKS, orient="row"),
        pl.DataFrame(kinds, schema={"clock": pl.UInt64, "kind": pl.String}, orient="row"),
    )


def _how(rule: Deadline) -> str:
    return "first" if rule.occurrences == "each_type" else rule.occurrences


def _kinds(rule: Deadline) -> Iterator[str]:
    for pause in rule.pause:
        if isinstance(pause, Pause):
            yield from pause.kinds


def _occurrences(rule: Deadline) -> tuple[str, ...]:
    return rule.start if rule.occurrences == "each_type" else ("1",)


def _readings(rule: Deadline, event: str, whole: bool) -> Iterator[Reading]:
    yield rule.over, event, whole
    if rule.otherwise:
        yield rule.over, event, True


def _parts(rule: Deadline, occurrence: str) -> Iterator[_Part]:
    starts = (occurrence,) if rule.occurrences == "each_type" else rule.start
    yield from ((event, START, event, None, False, False) for event in starts)
    for stop in rule.stop:
        for event in evidence(stop.event):
            implied = RANK.get(EVENTS[stop.event][1]) if event != stop.event else None
            yield event, STOP, stop.event, implied, bool(stop.reaches), stop.whole
    yield from ((event, VOID, void, None, False, False) for void in rule.void for event in evidence(void))
    yield from ((event, FINAL, event, None, False, False) for event in rule.final)
    yield from _breaking(rule)
    yield from ((event, PROMISE, event, None, False, False) for event in rule.promising)


def _breaking(rule: Deadline) -> Iterator[_Part]:
    """What begins a clock anew or lets it stand."""
    if isinstance(rule.restart, Restart):
        yield rule.restart.event, AGAIN, rule.restart.event, None, False, False
    elif rule.restart:
        yield from ((event, PLACED, event, None, False, False) for event in HOLDING)
        yield from ((event, RELEASED, event, None, False, False) for event in RELEASING)
    for pause in rule.pause:
        for event in pause.placing if isinstance(pause, Pause) else (pause,):
            yield event, PAUSED, event, None, False, False
            yield PAUSING[event], RESUMED, PAUSING[event], None, False, False
