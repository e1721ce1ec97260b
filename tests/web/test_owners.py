"""Whose an order is: the node that a rule means by `partner`, and whoever asks for their own."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from app import stories
from app.engine.tick import Ticker
from app.model.event import Message
from app.store.work import Work
from tests.engine.court import catalogue
from tests.web.site import Site

pytestmark = pytest.mark.anyio
STORY = """
2026-11-02 09:00 erp.main order.created so=1 customer=C-17
2026-11-02 09:05 erp.main order.released so=1 fo@3pl.west=F1 partner=3pl.west
2026-11-02 09:06 3pl.west fulfillment.held fo=F1 partner=3pl.west hold=warehouse:W1
2026-11-02 09:00 erp.main order.created so=2 customer=C-17
"""


@pytest.fixture
def held(web: Site) -> Iterator[Site]:
    """Order 1 waits for its node, order 2 for nobody."""
    intake, database, _ = web.ends
    intake.put(Message("x", "x", "x", b"", datetime(2026, 11, 2)), stories.parse(STORY)).result()
    work = Work(database)
    Ticker(work, catalogue(), now=lambda: datetime(2026, 11, 2, 9, 10)).run()
    yield web
    work.close()


async def test_the_list_says_whose_an_order_is_as_the_order_does(held: Site) -> None:
    """Order and list name the node; the word of the rule is nobody's name. Several owners may be asked for at once."""
    async with held.person("kim") as kim:
        row, _ = (await kim.get("/api/v1/orders?sort=so")).json()["items"]
        owners = {block["owner"] for block in (await kim.get("/api/v1/orders/so:1")).json()["blocked"]}
        assert "3pl.west" in owners <= set(row["owners"]) and "partner" not in row["owners"]
        for owner, total in (("3pl.west", 1), ("nobody,3pl.west", 1), ("partner", 0)):
            assert (await kim.get(f"/api/v1/orders?owner={owner}")).json()["total"] == total


async def test_me_is_every_name_of_whoever_asks(held: Site) -> None:
    """Lee answers for the desk of the node: by the owner of an open exception, or by its team."""
    order_id = held.reader.order_id("so:2")
    async with held.person("lee") as lee, held.person("kim") as kim:
        assert (await lee.get("/api/v1/orders?owner=me")).json()["total"] == 0
        case = held.case(1, order_id=order_id)
        assert [o["so"] for o in (await lee.get("/api/v1/orders?owner=me")).json()["items"]] == ["2"]
        assert (await kim.get("/api/v1/orders?owner=me")).json()["total"] == 0
        path, seen = f"/api/v1/exceptions/{case['id']}/assign", {"if-match": '"1"'}
        assert (await kim.post(path, headers=seen, json={"owner": "kim"})).status_code == 200
        assert (await kim.get("/api/v1/orders?owner=me")).json()["total"] == 1
        assert (await lee.get("/api/v1/orders.csv?owner=me")).text.count("\n") == 2, "its team is still Lee's"
