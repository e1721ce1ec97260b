"""Interfaces over the API: how each stands, its exception, and what is endangered by it."""

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl

from app import clock, stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.engine.watch import Watch
from app.model.event import SPAN, Message, Translation
from app.store.work import Work
from rules.book import load, watches
from rules.kinds import KINDS
from tests.web.site import Site, site

NOW = datetime(2026, 11, 4, 12, 40)
SUBJECT = "mw.hub:client:3pl.west"


def call(n: int, failed: bool) -> dict[str, Any]:
    """One of forty calls of a quarter of an hour, from noon on."""
    attrs = {"peer.service": "3pl.west", "http.response.status_code": 429 if failed else 200}
    return {
        "item": n, "trace_id": f"{n + 1:032x}", "span_id": f"{n + 1:016x}", "source": "mw.hub", "name": "send", "kind": "client",
        "started_at": datetime(2026, 11, 4, 12) + timedelta(seconds=20 * n), "duration_ns": 10**8,
        "status": "error" if failed else "", "keys": [], "links": [], "attrs": json.dumps(attrs),
    }  # fmt: skip


def degraded(made: Site) -> None:
    """Half an hour in which every fourth call was one too many, judged; an order that needs the interface; its case."""
    intake, database, _ = made.ends
    spans = pl.DataFrame([call(n, n % 4 == 0) for n in range(90)], schema=SPAN)
    order = stories.parse("2026-11-04 12:00 erp.main order.created so=S1 partner=3pl.west amount=40 currency=EUR")
    intake.put(Message("mw.hub", "otlp", "", b"", NOW), Translation(order.events, order.mentions, spans=spans)).result()
    work = Work(database)
    Ticker(work, Judge((), {}, Calendars({}), watch=Watch(watches(load(KINDS)))), now=lambda: NOW).run()
    work.close()
    made.case(code="interface_degrading", subject_type="interface", subject=SUBJECT, system="mw.hub", order_id=None)


def test_interfaces_say_how_they_stand_and_what_is_endangered(tmp_path: Path) -> None:
    """A quarter of the calls failed: degrading, since when, by which numbers, with its exception and one order."""
    clock.freeze(NOW.replace(tzinfo=UTC))
    made = site(tmp_path)
    degraded(made)
    reading = made.token("read")

    async def ask(path: str) -> Any:
        async with made.client() as client:
            answer = await client.get(f"/api/v1/{path}", headers=reading)
            assert answer.status_code == 200, answer.text
            return answer.json()

    async def talk() -> tuple[Any, Any, Any]:
        listed, one = await ask("interfaces"), await ask("interfaces/mw.hub")
        return listed, one, await ask(f"exceptions/{one['verdicts'][0]['exception']}")

    listed, one, case = asyncio.run(talk())
    (row,) = listed["items"]
    assert (row["calls"], row["failures"], row["limited"]) == (90, 23, 23)
    assert (row["verdict"], row["since"], row["oldest_dead_letter_at"]) == ("degrading", "2026-11-04T12:30:00Z", None)
    (verdict,) = one["verdicts"]
    assert "11 of 45 failed" in verdict["detail"]
    assert (verdict["exception"], verdict["endangered"]["orders"]) == (row["exception"], 1)
    assert (case["interface"], case["endangered"]["money"]) == (SUBJECT, [{"currency": "EUR", "value": "40.00"}])
    made.close()
