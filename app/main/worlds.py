"""`orderscope demo --world`: plays the simulated distributor, writes what its systems sent and what is true, or scores."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Column, Table

from app import clock
from app.demo.world import faults, folder, score, truth
from app.demo.world.faults import Fault
from app.demo.world.hours import DAY, written
from app.demo.world.play import played
from app.demo.world.stage import Expected, Stage
from app.demo.world.wires.sent import Sent
from app.errors import WrongUse
from app.main.house import built
from app.main.loading import Loaded
from app.main.loading import load as load_file
from app.main.scoring import Scored, scored
from app.main.show import Shown
from app.settings import load as load_settings

_SHOWN = 12
#: Orders of the last so many seconds are under way.
_UNDER_WAY = 2 * DAY
_COUNTED = ("causes", "expected", "found", "early", "missed", "false", "folded", "voided", "not_cleared")
_ALWAYS = ("expected", "found", "missed", "false")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What world is asked for; `late` is a duration as 2h, `until` ISO 8601 or empty for now.

    `trouble` is how often faults strike orders beside the catalogue's shares, which are made for scoring: of an order that
    is done. What is under way at the end has its full share, for somebody to look at.
    """

    orders: int
    days: int
    seed: int
    faults: str
    late: timedelta = timedelta()
    shuffled: bool = False
    duplicates: float = 0.0
    until: str = ""
    trouble: float = 1.0

    def chosen(self) -> tuple[Fault, ...]:
        """What goes wrong; raises WrongUse for a fault that does not exist."""
        try:
            return faults.chosen(self.faults)
        except ValueError as fault:
            raise WrongUse(
                f"--faults: {fault}", "Write all, none, or names as F03,F18, with a rate as F03=0.2."
            ) from None

    def play(self, ahead: int = 0, day_over: Callable[[], None] = lambda: None) -> Stage:
        """The world, and so many days of what will come; raises WrongUse for a fault that does not exist."""
        end = int((datetime.fromisoformat(self.until) if self.until else clock.now()).timestamp())
        start, more = end - self.days * 86_400, ahead * 86_400
        orders = self.orders * (self.days + ahead) // self.days
        late, calm = int(self.late.total_seconds()), (end - _UNDER_WAY, self.trouble)
        return played(
            orders, start, end + more, self.seed, self.chosen(), late, self.shuffled, calm=calm, day_over=day_over
        )

    def sent(self, stage: Stage) -> list[Sent]:
        """What its systems sent and had arrived by the end."""
        made = folder.messages(stage.facts, stage.end, self.seed)
        return folder.repeated(made, self.duplicates, stage.end, self.seed) if self.duplicates else made


def write_world(wanted: Wanted, to: Path, truth_file: Path | None, loaded: bool = False) -> None:
    """The messages as files by source with the configuration that reads them; loaded into it, or how to do that."""
    shown = Shown()
    with shown.working(f"Playing {wanted.orders:,} orders of {wanted.days} days", wanted.days) as day_over:
        stage = wanted.play(day_over=day_over)
    config = folder.configured(to, to / "data")
    with shown.working("Writing what was sent"):
        files = folder.written(to, wanted.sent(stage))
    for source, file in () if loaded else files:
        print(f"{source}\t{file}")
    if truth_file:
        write_truth(stage, truth_file)
    then = f"Load each file with: orderscope ingest --config {config} --historical --source SOURCE FILE"
    if loaded:
        load_world(config, files, shown)
        then = f"Look at it with: orderscope serve --config {config}"
    shown.err.print(f"{len(stage.orders):,} orders. {then}", markup=False, soft_wrap=True)


def load_world(config: Path, files: list[tuple[str, Path]], shown: Shown) -> None:
    """Files of a world through the collectors into its own installation."""
    settings, total = load_settings(config), Loaded()
    house = built(settings)
    try:
        with shown.working("Loading files", len(files)) as one_more:
            for source, file in files:
                total.plus(load_file(house.intake, settings, source, file, historical=True))
                one_more()
        with shown.catching_up() as progress:
            house.engine.prepare(progress)
    finally:
        house.close()
    shown.loaded(total)


def write_truth(stage: Stage, file: Path) -> None:
    """JSON Lines: the state of every order after each fact, and the exceptions that should have stood open."""
    with file.open("w", encoding="utf-8") as out:
        for line in true_lines(stage):
            out.write(json.dumps(line) + "\n")


def true_lines(stage: Stage) -> Iterator[dict[str, Any]]:
    """The lines of the truth file, orders by number, then the exceptions by when they begin."""
    for _, facts in sorted(score.facts_by_order(stage).items()):
        for fact, state in truth.story(facts, stage.end):
            yield truth.told(fact, state) | {"at": written(fact.at)}
    for one in score.expectations(stage, stage.end):
        yield {"kind": "exception"} | _timed(one)


def _timed(one: Expected) -> dict[str, Any]:
    said = asdict(one)
    return said | {"since": written(one.since), "until": None if one.until is None else written(one.until)}


def score_worlds(
    wanted: Wanted, seeds: Sequence[int], step: timedelta, truth_file: Path | None, as_json: bool
) -> bool:  # fmt: skip
    """Score a world of each seed and show the sum; true when nothing was missed and nothing false."""
    results = [_scored(replace(wanted, seed=seed), step, truth_file) for seed in seeds]
    if as_json:
        print(json.dumps(summed(*results)))
    else:
        show(Console(highlight=False), *results)
    return not any(tally.missed or tally.false for result in results for tally in result.tallies.values())


def _scored(wanted: Wanted, step: timedelta, truth_file: Path | None) -> Scored:
    stage = wanted.play()
    if truth_file:
        write_truth(stage, truth_file)
    return scored(stage, int(step.total_seconds()), folder.bundled(wanted.sent(stage)))


def summed(*results: Scored) -> dict[str, Any]:
    """The whole result as plain figures, that of several worlds added up."""
    told = {code for result in results for code in result.tallies}
    tallies = {
        code: score.added([one.tallies[code] for one in results if code in one.tallies]) for code in sorted(told)
    }
    found = sum(t.found for t in tallies.values())
    expected = sum(t.expected for t in tallies.values())
    false = sum(len(t.false) for t in tallies.values())
    links, orders = score.added([one.links for one in results]), score.added([one.orders for one in results])
    return {
        "orders": sum(len(one.stage.orders) for one in results), "facts": sum(len(one.stage.facts) for one in results),
        "rejected": sum(one.rejected for one in results), "worlds": len(results),
        "expected": expected, "causes": sum(t.causes for t in tallies.values()),
        "codes": {code: _row(code, tally) for code, tally in tallies.items()},
        "precision": share(found, found + false), "recall": share(found, expected),
        "links": {"precision": share(links.right, links.linked), "recall": share(links.right, links.belonging), "belonging": links.belonging},
        "equal": {"orders": orders.orders, "unknown": orders.unknown, "lost": orders.lost, "shared_numbers": orders.shared, "stage": orders.stages, "ledger": orders.ledgers, "both": orders.both},
        "differing": orders.differing, "wrong_links": links.wrong,
        "not_judged": sorted({c for one in results for f in one.stage.faults for c in f.codes} - results[0].codes),
    }  # fmt: skip


def share(part: int, whole: int) -> float | None:
    """A share, cut off so that it never says more than is true; None of nothing."""
    return int(part / whole * 10_000) / 10_000 if whole else None


def _row(code: str, tally: score.Tally) -> dict[str, Any]:
    return {
        "faults": sorted(fault.id for fault in faults.FAULTS if code in fault.codes), "causes": tally.causes,
        "expected": tally.expected, "found": tally.found, "early": tally.early, "missed": [_timed(one) for one in tally.missed],
        "false": [{"so": one.so, "subject": one.subject, "cause": one.cause, "opened_at": clock.written(one.opened_at)} for one in tally.false],
        "folded": tally.folded, "voided": tally.voided, "not_cleared": len(tally.still_open), "delay_seconds": tally.delay,
        "not_scored": {why: [_timed(one) for one in some] for why, some in sorted(tally.aside.items())},
    }  # fmt: skip


def show(console: Console, *results: Scored) -> None:
    """The result, that of several worlds added up, as a table by code, the three sums, and what differs in words."""
    said = summed(*results)
    # What is nought for every code takes no room.
    counted = [name for name in _COUNTED if name in _ALWAYS or any(row[name] for row in said["codes"].values())]
    table = Table("fault", Column("code", no_wrap=True), *counted, "unscored", "delay", padding=0)
    for code, row in said["codes"].items():
        delay = "" if row["delay_seconds"] is None else str(timedelta(seconds=int(row["delay_seconds"])))
        counts = [str(len(row[name]) if isinstance(row[name], list) else row[name]) for name in counted]
        aside = " ".join(f"{len(some)} {why}" for why, some in row["not_scored"].items())
        table.add_row(" ".join(row["faults"]) or "–", code, *counts, aside, delay)
    console.print(table)
    links, equal = said["links"], said["equal"]
    console.print(
        f"Exceptions: precision {said['precision']}, recall {said['recall']} of {said['expected']:,}"
        f" ({said['causes']:,} before those of one subject were counted as one)."
    )
    console.print(f"Links: precision {links['precision']}, recall {links['recall']} of {links['belonging']:,} events.")
    console.print(
        f"Orders: {equal['both']:,} of {equal['orders']:,} with stage and ledger equal to the truth"
        f" (stage {equal['stage']:,}, ledger {equal['ledger']:,}); {equal['unknown']:,} that do not exist,"
        f" {equal['lost']:,} lost in another, though several share {equal['shared_numbers']:,} numbers and traces."
    )
    if said["not_judged"]:
        console.print(f"No rule raises: {', '.join(said['not_judged'])}.")
    _details(said, console)


def _details(said: dict[str, Any], console: Console) -> None:
    for code, row in said["codes"].items():
        _some(
            console,
            f"{code}: missed",
            (f"{one['so']} {one['subject']} since {one['since']} {one['fault']}" for one in row["missed"]),
        )
        _some(
            console,
            f"{code}: false",
            (f"{one['so']} {one['subject']} at {one['opened_at']} {one['cause']}" for one in row["false"]),
        )
        _some(
            console,
            f"{code}: healed before anybody looked",
            (
                f"{one['so']} {one['subject']} since {one['since']} {one['fault']}"
                for one in row["not_scored"].get("unseen", ())
            ),
        )
    _some(console, "differs", said["differing"])
    _some(console, "link", said["wrong_links"])


def _some(console: Console, title: str, lines: Iterable[str]) -> None:
    for number, line in enumerate(lines):
        if number == _SHOWN:
            console.print("  …")
            break
        console.print(f"  {title}: {line}", markup=False, soft_wrap=True)
