"""Links by hand over HTTP: said, obeyed by the engine, explained, taken back; and what waits for an order."""

from datetime import datetime

import httpx
import pytest

from app import stories
from app.calendar import Calendars
from app.engine.judge import Judge
from app.engine.tick import Ticker
from app.model.event import Message
from app.store.work import Work
from tests.engine.court import catalogue
from tests.web.site import Site

pytestmark = pytest.mark.anyio
STORY = """
2026-11-02 09:00 erp.main    order.created        so=4711
2026-11-03 09:00 3pl.west    shipment.dispatched  sh=S1 tr@ups=1Z9
2026-11-04 09:00 carrier.ups shipment.delivered   tr=1Z9
"""


class Engine:
    """The engine of a site, stepped by the test."""

    def __init__(self, web: Site) -> None:
        _, database, _ = web.ends
        self.work = Work(database)
        judge = Judge((), {}, Calendars({}), catalogue().findings)
        self.ticker = Ticker(self.work, judge)

    def step(self) -> None:
        self.ticker.run()


def told(web: Site) -> Engine:
    intake, _, _ = web.ends
    intake.put(Message("x", "x", "x", b"", datetime(2026, 11, 5)), stories.parse(STORY)).result()
    engine = Engine(web)
    engine.step()
    return engine


async def types_of(client: httpx.AsyncClient) -> list[str]:
    return [row["type"] for row in (await client.get("/api/v1/orders/4711/links")).json()["items"]]


async def test_a_link_is_said_obeyed_explained_and_taken_back(web: Site) -> None:
    """The dispatch waits for an order; Kim links it; its parcel's scan comes along; Kim takes it back."""
    engine = told(web)
    async with web.person("kim") as kim:
        waiting = (await kim.get("/api/v1/unmatched")).json()
        assert [(e["type"], e["keys"]) for e in waiting["items"]] == [
            ("shipment.dispatched", ["sh:3pl.west:S1", "tr:ups:1Z9"]), ("shipment.delivered", ["tr:ups:1Z9"]),
        ]  # fmt: skip
        for number, known in (("s1", True), ("S2", False)):
            nowhere = await kim.get(f"/api/v1/orders/{number}")
            assert (nowhere.status_code, nowhere.json()["unmatched"]) == (404, known)
        said = {
            "act": "link",
            "order": "4711",
            "event_id": waiting["items"][0]["id"],
            "reason": "the node confirmed by phone",
        }
        answer = await kim.post("/api/v1/links", json=said)
        assert answer.status_code == 201
        engine.step()
        assert await types_of(kim) == ["order.created", "shipment.dispatched", "shipment.delivered"]
        why = (await kim.get("/api/v1/orders/4711/links")).json()["items"][1]["reason"]
        assert why == "kim linked it: the node confirmed by phone"
        assert (await kim.get("/api/v1/orders/4711")).json()["said_links"][0]["person"] == "kim"
        assert (await kim.get("/api/v1/unmatched")).json()["total"] == 0
        undone = await kim.delete(f"/api/v1/links/{answer.json()['id']}", params={"reason": "another order"})
        assert undone.status_code == 200
        engine.step()
        assert await types_of(kim) == ["order.created"]
    engine.work.close()


async def test_a_number_can_be_linked_by_any_spelling_that_is_clear(web: Site) -> None:
    """`tr:1z9` is the number UPS scanned."""
    engine = told(web)
    async with web.person("kim") as kim:
        answer = await kim.post(
            "/api/v1/links", json={"act": "link", "order": "so:4711", "key": "tr:1z9", "reason": "label"}
        )
        assert answer.status_code == 201
        engine.step()
        assert "shipment.delivered" in await types_of(kim)
    engine.work.close()


async def test_two_orders_that_are_alike_are_called_distinct_and_taken_back(web: Site) -> None:
    """The same customer, number and lines twice: suspected; Kim says that they are two; takes it back: suspected again."""
    twice = [
        f"2026-11-02 {9 + n}:00 erp.main order.created so={n} customer=C-17 cpo@C-17=P7 lines=1:A:1:EA".replace(
            " 9:", " 09:"
        )
        for n in (0, 1)
    ]
    intake, _, _ = web.ends
    intake.put(Message("x", "x", "x", b"", datetime(2026, 11, 5)), stories.parse("\n".join(twice))).result()
    engine = Engine(web)

    def suspected() -> int:
        engine.step()
        return engine.work.number("select count(*) from judgement where code = 'duplicate_order_suspect'")

    assert suspected() == 1
    async with web.person("kim") as kim:
        said = {"act": "distinct", "order": "so:0", "key": "so:1", "reason": "two branches"}
        answer = await kim.post("/api/v1/links", json=said)
        assert answer.status_code == 201
        assert suspected() == 0
        order = (await kim.get("/api/v1/orders/so:0")).json()
        assert order["keys"]["so"] == ["0"], "they stay two orders"
        assert [(one["act"], one["a_text"], one["reason"]) for one in order["said_links"]] == [
            ("distinct", "so:erp:1", "two branches")
        ]
        assert order["said_links"][0]["link_id"] == answer.json()["id"]
        undone = await kim.delete(f"/api/v1/links/{answer.json()['id']}", params={"reason": "no, one"})
        assert undone.status_code == 200
        assert suspected() == 1
        assert (await kim.get("/api/v1/orders/so:1")).json()["said_links"] == []
    engine.work.close()


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"act": "link", "order": "4711", "reason": "x"}, 400),
        ({"act": "link", "order": "4711", "event_id": "0" * 16, "reason": "x"}, 404),
        ({"act": "link", "order": "4711", "event_id": "no hex", "reason": "x"}, 404),
        ({"act": "cut", "order": "4711", "key": "fo:9", "reason": "x"}, 404),
        ({"act": "cut", "order": "999", "key": "tr:1Z9", "reason": "x"}, 404),
        ({"act": "cut", "order": "4711", "key": "so:4711", "reason": "x"}, 400),
        ({"act": "cut", "order": "4711", "key": "tr:1Z9", "reason": " "}, 400),
        ({"act": "distinct", "order": "4711", "key": "so:4711", "reason": "x"}, 400),
        ({"act": "distinct", "order": "4711", "event_id": "0" * 16, "reason": "x"}, 400),
        ({"act": "distinct", "order": "4711", "key": "so:9", "reason": "x"}, 404),
        ({"act": "marry", "order": "4711", "key": "tr:1Z9", "reason": "x"}, 422),
    ],
)
async def test_what_makes_no_sense_is_refused(web: Site, said: dict[str, str], status: int) -> None:
    """Unknown orders, events and numbers, both or neither of them, no reason."""
    engine = told(web)
    async with web.person("kim") as kim:
        assert (await kim.post("/api/v1/links", json=said)).status_code == status
        assert (await kim.delete("/api/v1/links/0123456789abcdef", params={"reason": "x"})).status_code == 404
    engine.work.close()


async def test_who_only_looks_links_nothing(web: Site) -> None:
    """Executives see what waits; they do not link."""
    engine = told(web)
    async with web.person("eve") as eve:
        assert (await eve.get("/api/v1/unmatched")).status_code == 200
        said = {"act": "link", "order": "4711", "key": "tr:1Z9", "reason": "x"}
        assert (await eve.post("/api/v1/links", json=said)).status_code == 403
    engine.work.close()
