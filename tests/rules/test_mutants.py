"""No comparison of the kinds can be bent without a story whose Dues differ: each is turned into its neighbour, one at a time."""

import ast
import sys
from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import polars as pl
import pytest

from app import stories
from app.calendar import Calendars
from app.contracts import MOMENT
from app.settings import Calendar
from rules import book, examples
from rules.kinds import KINDS
from rules.moments import narrowed
from rules.objective.rule import Objective, decided
from rules.rule import Deadline
from tests.rules.turns import BEGIN, PROMISE, RULES, turns, written

#: In the order in which they need one another: a bent module, and whoever took something out of it.
MODULES = (
    "rules.holds",
    "rules.pauses",
    "rules.labels",
    "rules.kinds.parts",
    "rules.kinds.runs",
    "rules.kinds.timing",
    "rules.kinds.deadline",
)
BENT = (
    "rules.kinds.parts",
    "rules.kinds.runs",
    "rules.kinds.timing",
    "rules.kinds.deadline",
    "rules.kinds.slo",
    "rules.verdict",
)
SWAPS: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
}  # fmt: skip
WEEK: Any = dict.fromkeys(("mon", "tue", "wed", "thu", "fri"), "08:00-18:00")
OFFICE = Calendar(zone="Europe/Berlin", hours=WEEK, files=("FREQ=DAILY;BYHOUR=6,14,22",))
MICRO, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
#: What may be bent without harm, and why: as the comparison reads.
HARMLESS = {
    "pl.col('next') // TYPES > pl.col('mark') // TYPES": "a step that is both is the running clock's own, and the loop would never end",
    "frame['days'] > 0": "the working seconds until a target in seconds are these seconds: it only saves work",
}


def comparisons(tree: ast.Module) -> Iterator[ast.Compare]:
    """The comparisons of a module that have a neighbour."""
    yield from (n for n in ast.walk(tree) if isinstance(n, ast.Compare) and type(n.ops[0]) in SWAPS)


@cache
def source(module: str) -> str:
    """The text of a module of ours."""
    file = import_module(module).__file__
    assert file
    return Path(file).read_text(encoding="utf-8")


def bent() -> Iterator[tuple[str, int]]:
    """Each module with the place of each of its comparisons."""
    for module in BENT:
        yield from ((module, place) for place, _ in enumerate(comparisons(ast.parse(source(module)))))


def mutated(module: str, place: int) -> tuple[ast.Module, str]:
    """The module with one comparison turned, and how it read."""
    tree = ast.parse(source(module))
    one = list(comparisons(tree))[place]
    text = ast.unparse(one)
    one.ops[0] = SWAPS[type(one.ops[0])]()
    return tree, text


def loaded(name: str, tree: ast.Module) -> dict[str, ModuleType]:
    """The bent module and all that build on it, beside the sound ones."""
    before, texts = dict(sys.modules), {one: source(one) for one in MODULES}
    made: dict[str, ModuleType] = {}
    try:
        later = MODULES[MODULES.index(name) :] if name in MODULES else (name,)
        for one in later:
            module = ModuleType(one)
            sys.modules[one] = made[one] = module
            text = tree if one == name else ast.parse(texts[one])
            exec(compile(text, one, "exec"), module.__dict__)  # noqa: S102
    finally:
        for one in made:
            sys.modules[one] = before[one]
    return made


def lines() -> Iterator[list[str]]:
    """Stories around the moments that decide, of every rule of the catalogue."""
    for turn in turns():
        for at in (turn.due, turn.due + MICRO):
            yield turn.ended(at)
            yield turn.ended(at) + ([turn.voids(at)] if turn.void else [])
        yield [turn.starts(), *turn.by_event]
        for early in (timedelta(minutes=5), timedelta(minutes=5, microseconds=1)):
            yield [turn.starts(), turn.stops(BEGIN - early), *turn.by_event]
            yield [turn.starts(), *([turn.voids(BEGIN - early)] if turn.void else []), *turn.by_event]
        yield [turn.starts(), turn.stops(BEGIN), turn.starts(turn.due + MINUTE), *turn.by_event]
        yield [turn.starts(), turn.stops(turn.due, "received=+9d"), *turn.by_event]
        yield [
            turn.starts(BEGIN, f"received={turn.due.isoformat()}Z"),
            turn.stops(turn.due, "received=+1d"),
            *turn.by_event,
        ]
        if turn.rule.final:
            yield [turn.starts(), f"{written(BEGIN)} {turn.told(turn.rule.final[0])}", turn.starts(BEGIN + MINUTE)]
        if turn.renewed:
            for revision in (1, 2):
                yield [
                    turn.starts(),
                    f"{written(BEGIN + MINUTE)} {turn.told(turn.renewed, f'rev={revision}')}",
                    turn.stops(BEGIN + MINUTE),
                ]
        if turn.rule.pause:
            held = f"{written(BEGIN + MINUTE)} erp.main order.credit_held so=1 hold=credit:H1"
            other = f"{written(BEGIN + MINUTE)} erp.main order.hold_placed so=1 hold=export:H2"
            yield from ([turn.starts(), held], [turn.starts(), other])
    held = "2026-11-02 09:10 erp.main order.hold_placed so=1 hold=fraud:H1"
    yield [
        f"{written(BEGIN)} erp.main order.created so=1",
        held,
        "2026-11-02 09:30 erp.main order.hold_released so=1 hold=fraud:H1",
    ]


def odd() -> Iterator[list[str]]:
    """Stories for the words that the catalogue has no use for, and for documents that must not be mixed up."""
    at = written(BEGIN)
    yield [f"{at} mw.bus message.sent so=1 msg@x={one}" for one in "AB"] + [
        f"{at} mw.bus message.acknowledged so=1 msg@x=B"
    ]
    yield [f"{at} wms.w pick.confirmed so=1 fo@w=1-1", f"{written(BEGIN + MINUTE)} wms.w package.packed so=1 fo@w=1-1"]
    yield [
        f"{at} ecom.one order.captured so=1",
        f"{written(BEGIN + MINUTE)} crm.main crm.order_status_updated so=1 status=Processing",
    ]
    yield [f"{at} carrier.u shipment.exception so=1", f"{written(BEGIN + MINUTE)} carrier.u shipment.exception so=1"]


def extra() -> list[Any]:
    """Rules with words that the catalogue has no use for, made of some of its own."""
    told: list[tuple[str, dict[str, Any]]] = [
        ("S06", {"clock": "W", "target": "8h", "pause": (), "restart": "", "override": (), "calendar": "desk"}),
        ("S14", {"basis": "day", "zone": "America/Sao_Paulo"}),
        ("S14", {"offset": "1 working day", "clock": "B", "calendar": "desk"}),
        ("S06", {"start": ["pick.confirmed"], "stop": {"event": "fulfillment.acknowledged", "reaches": "start"}}),
        ("S06", {
            "stop": ["fulfillment.acknowledged", "fulfillment.change_requested"],
            "restart": {"event": "fulfillment.change_requested", "when": "event.revision > due.revision - 1"},
        }),
        ("S13", {"final": ["shipment.picked_up"]}),
        ("S19", {"start": ["shipment.exception"], "stop": ["ticket.opened"], "stop_at": "occurred", "due": "shipment.exception"}),
        ("S17", {"start": ["order.captured"]}),
    ]  # fmt: skip
    sound = {rule.id: rule.model_dump(by_alias=True, exclude={"partner_calendars"}) for rule in RULES}
    made = [sound[id] | {"id": f"T{n:02}"} | said for n, (id, said) in enumerate(told)]
    return list(book.resolve([Deadline.model_validate(one) for one in made]))


def stories_at_once() -> pl.DataFrame:
    """All stories as orders of their own in one frame of moments."""
    frames = []
    for number, told in enumerate((*lines(), *odd())):
        flat = examples.moments(stories.parse("\n".join(told), f"s{number}"))
        subject = pl.concat_str(pl.lit(f"{number}/"), "subject")
        own = pl.col("event_id").cast(pl.UInt64) + 1_000 * number
        frames.append(flat.with_columns(subject=subject, order_no=pl.lit(number, pl.Int64), event_id=own))
    return pl.concat(frames).select(pl.col(name).cast(kind) for name, kind in MOMENT.items())


class Court:
    """What the sound modules say, to compare with."""

    def __init__(self) -> None:
        self.moments, _ = narrowed(stories_at_once())
        self.rules = [*RULES, *extra()]
        self.clocks = Calendars({"desk": OFFICE})
        self.objective = next(rule for rule in book.load(KINDS) if isinstance(rule, Objective))
        self.dues = self.deadlines(KINDS["deadline"])

    def deadlines(self, kind: Any) -> pl.DataFrame:
        """All Dues of all stories."""
        return kind(self.moments, self.rules, self.clocks).sort("rule", "subject", "start_event", "occurrence")

    def states(self, state: Any) -> list[Any]:
        """How these stand, at an instant and for a column of instants."""
        exact = self.dues.with_columns(state(pl.coalesce("due_at", "started_at")).alias("at_due"))
        return [exact["at_due"].to_list(), self.dues.with_columns(state(PROMISE))["state"].to_list()]

    def budget(self, slo: Any) -> list[Any]:
        """What burns, with counts that lie on the limits."""
        told = decided("2026-11-02 09:00 w met=27 bad=0".replace(" bad=0", " breached=3"))
        few = decided("2026-11-02 09:00 w met=26 breached=3")
        found = [slo.spells(one, self.objective) for one in (told, few)]
        looked = slo.standing(slo.counted(told, self.objective), self.objective.aim, self.objective.windows, 30)
        edges = [row[name] for row in found[0].to_dicts() for name in ("raised_at", "cleared_at") if row[name]]
        return [one.to_dicts() for one in (*found, looked, *(slo.burning(found[0], edge) for edge in edges))]


@pytest.fixture(scope="module")
def court() -> Court:
    """One for all."""
    return Court()


def differs(court: Court, module: str, tree: ast.Module) -> bool:
    """Whether anybody would notice; a program that no longer runs is noticed too."""
    made = loaded(module, tree)
    try:
        if module == "rules.verdict":
            return court.states(made[module].state) != court.states(import_module(module).state)
        if module == "rules.kinds.slo":
            return court.budget(made[module]) != court.budget(import_module(module))
        return not court.deadlines(made["rules.kinds.deadline"].dues).equals(court.dues)
    except Exception:  # whatever the bent program runs into
        return True


@pytest.mark.parametrize(("module", "place"), bent(), ids=str)
def test_a_comparison_that_is_turned_is_noticed(court: Court, module: str, place: int) -> None:
    """Later and not earlier, at and not after, this and not that: each of them decides something."""
    tree, text = mutated(module, place)
    if text in HARMLESS:
        pytest.skip(HARMLESS[text])
    assert differs(court, module, tree), f"{module}: nobody notices that `{text}` is turned"


def test_the_sound_program_says_the_same_again(court: Court) -> None:
    """So that what differs does so because it was bent."""
    for module in BENT:
        assert not differs(court, module, ast.parse(source(module)))


def test_what_is_called_harmless_is_still_there() -> None:
    """A reason for a comparison that nobody has any more is no reason."""
    texts = {mutated(module, place)[1] for module, place in bent()}
    assert set(HARMLESS) <= texts
