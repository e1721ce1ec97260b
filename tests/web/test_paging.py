"""Every list is told in pages, by `limit` and `cursor`."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import polars as pl
import pytest
from fastapi import FastAPI

from app import clock, stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.main.remote import Remote
from app.model.event import SPAN, Message, Translation
from app.store.work import Work
from app.web.api import rules
from tests.engine.court import catalogue
from tests.web.site import Site

pytestmark = pytest.mark.anyio
NOW, TRACE = datetime(2026, 11, 4, 12, 40), "4bf92f3577b34da6a3ce929d0e0e4736"
STORY = """
2026-11-04 09:00 erp.main   order.created       so=4711 customer=C-17
2026-11-04 09:05 erp.main   order.released      so=4711 fo@3pl.west=F1 partner=3pl.west
2026-11-04 09:10 3pl.west   shipment.dispatched sh=S9 partner=3pl.west
2026-11-04 09:11 3pl.west   shipment.dispatched sh=S8 partner=3pl.west
2026-11-04 09:20 orderscope reconciliation.completed x.of=erp.main reason=same
2026-11-04 09:30 orderscope reconciliation.completed x.of=3pl.west reason=differs
"""
LISTS = (
    "orders/4711/timeline", "orders/4711/links", "orders/4711/traces", f"traces/{TRACE}", "sources", "interfaces",
    "interfaces/mw.hub", "register", "slas", "extracts", "unmatched",
)  # fmt: skip


class Book:
    """Three rules in force."""

    def listed(self) -> list[dict[str, Any]]:
        return [{"id": f"X{n}"} for n in range(3)]

    def notes(self) -> list[Any]:
        return []


def call(n: int) -> dict[str, Any]:
    """A call of the middleware to one of three partners, in one of two traces of the order."""
    return {
        "item": n, "trace_id": TRACE if n < 3 else f"{n:032x}", "span_id": f"{n + 1:016x}", "source": "mw.hub", "name": "send",
        "kind": "client", "started_at": NOW - timedelta(minutes=n), "duration_ns": 10**8, "status": "", "keys": ["so:4711"],
        "links": [], "attrs": json.dumps({"peer.service": f"3pl.{n}"}),
    }  # fmt: skip


@pytest.fixture
def busy(web: Site) -> Iterator[Site]:
    """A site in which every list has several rows."""
    clock.freeze(NOW.replace(tzinfo=UTC))
    intake, database, _ = web.ends
    told, spans = stories.parse(STORY), pl.DataFrame([call(n) for n in range(4)], schema=SPAN)
    intake.put(Message("x", "x", "x", b"", NOW), Translation(told.events, told.mentions, spans=spans)).result()
    work = Work(database)
    Ticker(work, Judge((), {}, Calendars({}), catalogue().findings), now=lambda: NOW).run()
    yield web
    work.close()
    clock.freeze(None)


async def paged(client: httpx.AsyncClient, path: str) -> list[Any]:
    """A list one row at a time."""
    rows: list[Any] = []
    cursor: str | None = ""
    while cursor is not None:
        said = (await client.get(f"/api/v1/{path}", params={"limit": 1, "cursor": cursor})).json()
        assert len(said["items"]) == 1
        rows, cursor = rows + said["items"], said["next"]
    assert said["total"] == len(rows)
    return rows


@pytest.mark.parametrize("path", LISTS)
async def test_every_list_is_told_in_pages(busy: Site, path: str) -> None:
    """One row at a time gives what the whole gives; no page is longer than asked for, and none is longer than a thousand."""
    async with busy.client() as client:
        client.headers.update(busy.token("read"))
        whole = (await client.get(f"/api/v1/{path}")).json()
        assert whole["next"] is None and whole["total"] == len(whole["items"]) > 1
        assert await paged(client, path) == whole["items"]
        assert (await client.get(f"/api/v1/{path}?limit=1001")).status_code == 422
        assert (await client.get(f"/api/v1/{path}?cursor=zzz")).status_code == 400


async def test_an_order_counts_the_traces_that_it_lists(busy: Site) -> None:
    """Those that only its spans tell of, too."""
    async with busy.client() as client:
        client.headers.update(busy.token("read"))
        told = (await client.get("/api/v1/orders/4711")).json()
        assert told["traces"] == (await client.get("/api/v1/orders/4711/traces")).json()["total"] == 2


async def test_rules_are_told_in_pages() -> None:
    """And each page says what is left out."""
    app = FastAPI()
    app.include_router(rules.router(cast(Any, Book())))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here/") as client:
        first = (await client.get("rules?limit=2")).json()
        assert [row["id"] for row in first["items"]] == ["X0", "X1"] and (first["total"], first["notices"]) == (3, [])
        rest = (await client.get("rules", params={"cursor": first["next"]})).json()
        assert [row["id"] for row in rest["items"]] == ["X2"] and rest["next"] is None


def test_the_command_follows_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is told in pages is whole on the command line."""
    pages = {"/x": {"items": [1, 2], "next": "b"}, "/x?cursor=b": {"items": [3], "next": None}}
    monkeypatch.setattr(Remote, "get", lambda _, path: pages[path])
    assert Remote("", "").all("/x") == [1, 2, 3]
