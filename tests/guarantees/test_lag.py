"""`lag_events` 0 means that everything stored is correlated and judged: spans, and orders under changed rules, count too."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from app import clock, stories
from app.engine import tick
from app.engine.service import Rules
from app.main.house import House, built
from app.model.event import SPAN, Message, Translation
from app.settings import Settings

NOW = datetime(2026, 11, 4, 12)
STORY = """
2026-11-02 09:00 erp.main order.created  so=1 customer=C-17
2026-11-02 09:05 erp.main order.released so=1 fo@3pl.west=F1 partner=3pl.west
2026-11-02 09:00 erp.main order.created  so=2 customer=C-17
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house that is stepped by the test, at a set time."""
    clock.freeze(NOW.replace(tzinfo=UTC))
    made = built(Settings(data=tmp_path / "data"))
    made.engine.prepare()
    yield made
    made.close()
    clock.freeze(None)


def store(house: House, said: Translation) -> None:
    house.intake.put(Message("x", "x", "x", b"", NOW), said).result()


def spans(**more: Any) -> Translation:
    """A call of the middleware."""
    row = {
        "item": 0, "trace_id": "a" * 32, "span_id": "b" * 16, "source": "mw.hub", "name": "send", "kind": "client", "started_at": NOW,
        "duration_ns": 10**8, "status": "", "keys": [], "links": [], "attrs": json.dumps({"peer.service": "3pl.west"}),
    }  # fmt: skip
    return Translation(spans=pl.DataFrame([row | more], schema=SPAN))


def waiting(house: House) -> dict[str, int]:
    """What waits; `lag_events` is the sum of it."""
    said = house.readiness()
    assert said["lag_events"] == sum(said["waiting"].values())
    return {name: n for name, n in said["waiting"].items() if n}


@pytest.mark.parametrize("more", [{"keys": ["so:1"]}, {"links": ["c" * 32 + ":" + "d" * 16]}, {}])
def test_a_span_that_waits_is_counted(house: House, more: dict[str, Any]) -> None:
    """One that says whose a trace is, and one that only tells of an interface; once taken it waits no more."""
    store(house, spans(**more))
    assert waiting(house) == {"spans": 1}
    house.engine.catch_up()
    assert waiting(house) == {}


def test_events_wait_beside_spans(house: House) -> None:
    """Three events and a span: four, and the oldest has waited."""
    store(house, stories.parse(STORY))
    store(house, spans(keys=["so:1"]))
    assert waiting(house) == {"events": 3, "spans": 1}
    house.engine.catch_up()
    assert waiting(house) == {} and house.readiness()["lag_seconds"] == 0


def test_orders_under_changed_rules_are_still_to_be_judged(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the moment that rules change until the last order is judged by them and its people are told, events wait."""
    monkeypatch.setattr(tick, "_REJUDGED_AT_ONCE", 1)
    store(house, stories.parse(STORY))
    house.engine.catch_up()
    engine, seen = house.engine, []
    engine.on_done = lambda done: seen.append(waiting(house).get("judged_again", 0))
    engine.adopt(lambda: Rules(engine.ticker.judging, "others", engine.unrated))
    assert waiting(house) == {"judged_again": 3}
    engine.catch_up()
    assert seen[0] == 3 and 1 in seen, "one order is judged, the other is not"
    assert waiting(house) == {} and engine.fingerprint == "others"
