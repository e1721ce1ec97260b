"""`orderscope demo --score`: plays a world, lets its messages come in as they came, and lays what is said beside what is true."""

import tempfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from app import clock
from app.contracts import Receipt
from app.demo.world import folder, score
from app.demo.world.stage import Stage
from app.demo.world.truth import MEASURES
from app.main.house import House, built, collector_named
from app.main.loading import put_patiently
from app.model.event import INSTANT, Message
from app.model.judgements import REPORTED_LATE
from app.settings import Apart, load

#: What wires say in other words than the fact: an aggregator has none for a pickup.
OTHER_WORDS = {("carrier.track", "shipment.picked_up"): "shipment.in_transit"}


@dataclass(frozen=True, slots=True)
class Scored:
    """The whole result: per code, per event and per order; `codes` are those that this installation can raise."""

    stage: Stage
    tallies: dict[str, score.Tally]
    links: score.Linking
    orders: score.Equality
    codes: set[str]
    rejected: int


def scored(stage: Stage, step: int, sent: Iterable[folder.Bundle]) -> Scored:
    """Run a played world through collectors, engine and rules, `step` seconds of it at a time."""
    with tempfile.TemporaryDirectory(prefix="orderscope-world-") as place, _installed(Path(place), stage) as house:
        rejected, ticks = 0, list[int]()
        for until, some in stepped(sent, stage.start, stage.end, step):
            _show(until)
            rejected += sum(len(one.result().rejected) for one in [put(house, bundle) for bundle in some])
            house.engine.catch_up()
            ticks.append(until)
        return _result(stage, house, rejected, ticks)


@contextmanager
def _installed(place: Path, stage: Stage) -> Iterator[House]:
    _show(stage.start)
    house = built(load(folder.configured(place, place / "data"), Apart))
    try:
        house.engine.prepare()
        yield house
    finally:
        house.close()
        clock.play(None)


def _show(moment: int) -> None:
    clock.play(datetime.fromtimestamp(moment, UTC))


def stepped(
    sent: Iterable[folder.Bundle], start: int, end: int, step: int
) -> Iterator[tuple[int, list[folder.Bundle]]]:
    """(until when, what arrived since the step before) for each step up to `end`."""
    by_step: dict[int, list[folder.Bundle]] = defaultdict(list)
    for bundle in sent:
        by_step[(bundle.arrives - start) // step].append(bundle)
    for number in range(-(-(end - start) // step)):
        yield min(end, start + (number + 1) * step), by_step.get(number, [])


def put(house: House, bundle: folder.Bundle) -> Future[Receipt]:
    """A message through its collector, as one that arrived when it did."""
    source = house.settings.sources[bundle.source]
    collector = collector_named(source.collector)
    assert collector, source.collector
    arrived = clock.instant(datetime.fromtimestamp(bundle.arrives, UTC))
    message = Message(bundle.source, collector.name, collector.media, bundle.body, arrived, collector.version(source))
    said = collector.translate(message, source)
    own = [pl.col("received_at")] if collector.name == "cloudevents" else []  # events of one page arrived one by one
    stamped = said.events.with_columns(received_at=pl.coalesce(*own, pl.lit(arrived, INSTANT)))
    return put_patiently(house.intake, message, replace(said, events=stamped))


def _result(stage: Stage, house: House, rejected: int, ticks: list[int]) -> Scored:
    codes = raised_codes(house)
    kept = {rule.code for rule in house.rules}
    tallies = score.compared(
        score.expectations(stage, stage.end), _said(house), codes, stage.end,
        lambda one: score.not_scored(one, ticks, kept, stage.end),
    )  # fmt: skip
    return Scored(
        stage, tallies, score.linking(stage, _links(house), stage.end, OTHER_WORDS),
        score.equality(stage, _orders(house), stage.end), codes, rejected,
    )  # fmt: skip


def raised_codes(house: House) -> set[str]:
    """The exception codes that this installation can raise."""
    return {REPORTED_LATE.code} | {rule.code for rule in house.rulebook.now.every}


def _said(house: House) -> Iterator[score.Said]:
    causes = {(code, so): cause for code, so, cause in house.work.ask("select code, so, cause from alarm").iter_rows()}
    cursor: str | None = ""
    while cursor is not None:
        rows, cursor, _ = house.cases.list({"status": "all", "folded": "true"}, limit=1000, cursor=cursor)
        for row in rows:
            so = (row["order"] or {}).get("so") or ""
            told = house.cases.one(row["id"]) if row["reopened"] else row | {"history": []}
            for spell in spells(told):
                yield score.Said(
                    row["code"], so, _subject(row["subject"]), *spell, bool(row["folded_under"]), causes.get((row["code"], so), "")
                )  # fmt: skip


def spells(case: dict[str, Any]) -> Iterator[tuple[datetime, datetime | None, bool]]:
    """From when to when a case stood open, and whether that was taken back; each move that reopens it begins another spell."""
    opened_at = _at(case["opened_at"])
    for move in case["history"]:
        was, now = move["changes"].get("cleared_at", (None, None))
        if was and not now:
            yield opened_at, _at(was), move["changes"].get("cleared_by", ("", ""))[0] == "void"
            opened_at = _at(move["at"])
    yield opened_at, _at(case["cleared_at"]) if case["cleared_at"] else None, case["condition"] == "void"


def _subject(said: dict[str, str]) -> str:
    """What a case is of, in the world's words: nothing more than the order, a hold by its own number, else as it is said."""
    kind, key = said["type"], said["key"]
    if kind == "order":
        return ""
    return f"hold:{key.rsplit(':', 1)[1]}" if kind == "hold" else key


def _at(text: str) -> datetime:
    return clock.instant(datetime.fromisoformat(text))


def _orders(house: House) -> dict[str, score.OrderSaid]:
    stages = house.work.ask("select so, stage from orders where so is not null order by so")
    lines = house.work.ask(
        "select o.so, l.* from order_line l join orders o on l.order_no = o.order_no where o.so is not null"
    )
    ledgers: dict[str, dict[str, dict[str, int]]] = defaultdict(dict)
    for row in lines.iter_rows(named=True):
        ledgers[row["so"]][row["line"]] = {measure: int(row[measure]) for measure in MEASURES}
    return {so: score.OrderSaid(stage, ledgers[so]) for so, stage in stages.iter_rows()}


def _links(house: House) -> dict[str, set[score.Link]]:
    rows = house.work.ask(
        "select distinct o.so, e.source, e.type, e.occurred_at as at_time from link l"
        " join orders o on l.order_no = o.order_no join event e on l.seq = e.seq where o.so is not null"
    )
    found: dict[str, set[score.Link]] = defaultdict(set)
    for so, source, kind, at in rows.iter_rows():
        found[so].add((source, kind, at))
    return found
