"""Another time over HTTP: one order, lists and figures, as it was and as it was known."""

import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from app import clock
from app.calendar import Calendars
from app.cases import Board
from app.cases.answered import Answered
from app.cases.past import board_of
from app.engine.judge import Judge
from app.engine.past import Pasts
from app.engine.scratch import Means
from app.engine.tick import Ticker
from app.main.inforce import definitions
from app.model.event import Message
from app.settings import Settings
from app.store.database import Database
from app.store.intake import Intake
from app.store.reader import Reader
from app.store.work import Work
from app.stories import parse
from app.web.auth import add_person
from app.web.parts import Parts
from app.web.server import asgi
from rules.book import load, resolve
from rules.kinds import KINDS
from tests.cases.desk import desk, intent
from tests.engine.court import catalogue
from tests.web.site import PEOPLE, Site, readiness

pytestmark = pytest.mark.anyio
STORY = """
2026-02-02 09:00  ecom.web  order.captured   ch=W-55 customer=C-17
2026-02-02 09:05  erp.main  order.created    so=4711 ch=W-55 customer=C-17 amount=41.00 currency=USD lines=1:A-1:10:EA
2026-02-02 10:00  erp.main  order.released   so=4711 fo@3pl.west=4711-1 partner=3pl.west received=+12h
2026-02-03 09:00  3pl.west  fulfillment.acknowledged fo=4711-1 partner=3pl.west
"""
GOODS = """
2026-02-02 09:00  3pl.west  inventory.snapshot   location=W lines=-:A-1:8:EA partner=3pl.west
2026-02-02 09:00  erp.main  purchase_order.created po=P5 partner=sup.acme lines=1:A-1:5:EA
2026-02-02 09:10  3pl.west  shipment.dispatched  sh=S9 tr@ups=1Z9 partner=3pl.west
2026-02-02 09:20  3pl.east  shipment.dispatched  sh=S8 tr@ups=1Z8 partner=3pl.east received=+12h
2026-02-02 11:00  3pl.west  inventory.snapshot   location=W lines=-:A-1:5:EA partner=3pl.west
2026-02-02 12:00  sup.acme  purchase_order.acknowledged po@erp=P5 lines=1:A-1:5:EA
2026-02-02 12:00  3pl.west  shipment.dispatched  sh=S7 tr@ups=1Z7 partner=3pl.west
"""
LATE_WORD = "2026-02-02 09:30  erp.main  order.credit_held so=4711 hold=credit:H1 received=2026-02-20T12:00:00Z"
AT_TEN_THIRTY = {"as_of": "2026-02-02T10:30:00Z"}
KNOWN_AT_TEN_THIRTY = {"known_at": "2026-02-02T10:30:00Z"}


class Server(Site):
    """A site with an engine behind it that can be told stories."""

    intake: Intake
    ticker: Ticker

    def tell(self, story: str, name: str) -> None:
        message = Message("story", "story", "text/plain", b"", datetime(2026, 2, 2, 9))
        told = parse(story, name)
        self.intake.put(message, told).result()
        self.ticker.run()


@pytest.fixture
def told(tmp_path: Path) -> Iterator[Server]:
    """The story above, and nobody waits for a whole past."""
    rules = resolve(load(KINDS))

    def judge() -> Judge:
        return catalogue()

    cases, database = desk(tmp_path), Database(tmp_path / "record.duckdb")
    work, board = Work(database), Board(cases.store)
    means = Means(
        database, judge, lambda seen: frozenset(), lambda alarms: board_of(alarms, cases.house), definitions(rules)
    )
    reader = Reader(database, board.frame, definitions(rules), pasts=Pasts(means, tmp_path / "past", patience=0))
    intake = Intake(database, {})
    for person in PEOPLE:
        add_person(cases.store, person)
    answered = Answered(cases.store, Calendars({}))
    parts = Parts(Settings(data=tmp_path), reader, cases, board, intake, (), readiness, answered=answered)
    made = Server(asgi(parts), cases, reader, parts.settings, (intake, reader, work, database, cases))
    made.intake, made.ticker = intake, Ticker(work, judge())
    made.tell(STORY, "past")
    yield made
    made.close()


async def whole(client: httpx.AsyncClient, path: str, **params: str) -> tuple[Any, int]:
    """What a list or figure of another time says in the end, and how often it had to be asked."""
    end = time.monotonic() + 60
    for asked in range(10_000):
        answer = await client.get(path, params=params)
        if answer.status_code == 200:
            return answer.json(), asked + 1
        assert answer.status_code == 202, answer.text
        assert answer.headers["retry-after"] == "2"
        said = answer.json()
        assert said["state"] == "making" and 0 <= said["events"] <= said["of"]
        assert time.monotonic() < end
        time.sleep(0.05)
    raise AssertionError("never made")


async def test_one_order_at_another_time(told: Server) -> None:
    """As of 10:30 it was released; known at 10:30 it was not, for that word came at night."""
    async with told.person("kim") as kim:
        now = (await kim.get("/api/v1/orders/4711")).json()
        then = (await kim.get("/api/v1/orders/4711", params=AT_TEN_THIRTY)).json()
        known = (await kim.get("/api/v1/orders/4711", params=KNOWN_AT_TEN_THIRTY)).json()
        both = (
            await kim.get("/api/v1/orders/W-55", params=AT_TEN_THIRTY | {"known_at": "2026-02-03T00:00:00Z"})
        ).json()
        assert [o["stage"] for o in (now, then, known, both)] == ["acknowledged", "released", "created", "released"]
        assert then["as_of"] == "2026-02-02T10:30:00Z" and then["known_at"] is None
        assert known["known_at"] == "2026-02-02T10:30:00Z" and "fo" not in known["keys"]
        assert set(now) <= set(then), "the same document"


async def test_what_lies_below_an_order_is_of_that_time_too(told: Server) -> None:
    """Timeline, links and traces hold nothing that came later, and what people did only up to then."""
    order_id = told.reader.order_id("4711")
    early = clock.instant() - timedelta(days=1)
    told.cases.apply([intent(1, order_id=order_id, at=datetime(2026, 2, 2, 10, 15)), intent(2, "clear", order_id=order_id, at=early)])  # fmt: skip
    async with told.person("kim") as kim:
        rows = (await kim.get("/api/v1/orders/4711/timeline", params=AT_TEN_THIRTY)).json()["items"]
        assert [r["type"] for r in rows if r["kind"] == "event" and not r["inferred"]] == [
            "order.captured", "order.created", "order.released",
        ]  # fmt: skip
        assert [r["type"] for r in rows if r["kind"] == "move"] == ["exception.raise"]
        assert rows == sorted(rows, key=lambda r: r["at"])
        links = (await kim.get("/api/v1/orders/4711/links", params=KNOWN_AT_TEN_THIRTY)).json()["items"]
        assert [r["type"] for r in links] == ["order.captured", "order.created"]
        assert (await kim.get("/api/v1/orders/4711/traces", params=AT_TEN_THIRTY)).json()["items"] == []


async def test_a_late_message_changes_as_of_and_never_known_at(told: Server) -> None:
    """A hold of 09:30 that is told weeks later was there at 10:30, and nobody knew."""
    async with told.person("kim") as kim:
        path = "/api/v1/orders/4711"
        before = [(await kim.get(path, params=at)).text for at in (AT_TEN_THIRTY, KNOWN_AT_TEN_THIRTY)]
        listed = [(await whole(kim, "/api/v1/orders", **at))[0] for at in (AT_TEN_THIRTY, KNOWN_AT_TEN_THIRTY)]
        told.tell(LATE_WORD, "late")
        after = [(await kim.get(path, params=at)) for at in (AT_TEN_THIRTY, KNOWN_AT_TEN_THIRTY)]
        again = [(await whole(kim, "/api/v1/orders", **at))[0] for at in (AT_TEN_THIRTY, KNOWN_AT_TEN_THIRTY)]
        assert after[0].json()["holds"] and after[0].text != before[0]
        assert after[1].text == before[1] and not after[1].json()["holds"]
        assert again[1] == listed[1] and again[0] != listed[0]


async def test_lists_and_figures_of_another_time_are_made_in_the_background(told: Server) -> None:
    """First 202 with how far it is and when to ask again; then the list, its spreadsheet, the figures and the SLAs."""
    async with told.person("kim") as kim:
        said, asked = await whole(kim, "/api/v1/orders", **AT_TEN_THIRTY)
        assert asked > 1, "nobody waits for it"
        assert [(row["so"], row["stage"]) for row in said["items"]] == [("4711", "released")]
        assert (said["total"], said["as_of"], said["known_at"]) == (1, "2026-02-02T10:30:00Z", None)
        nothing, _ = await whole(kim, "/api/v1/orders", known_at="2026-02-01T00:00:00Z")
        assert nothing["items"] == []
        table = await kim.get("/api/v1/orders.csv", params=AT_TEN_THIRTY)
        assert table.status_code == 200 and '"4711"' in table.text and '"released"' in table.text
        figures, _ = await whole(kim, "/api/v1/kpis", **AT_TEN_THIRTY)
        assert (figures["orders"], figures["open"], figures["as_of"]) == (1, 1, "2026-02-02T10:30:00Z")
        slas, _ = await whole(kim, "/api/v1/slas", **AT_TEN_THIRTY)
        states = {row["id"]: (row["met"], row["breached"], row["running"]) for row in slas["items"]}
        assert states["S02"] == (1, 0, 0) and states["S06"][1] == 0
        one, _ = await whole(kim, "/api/v1/slas/S02", **AT_TEN_THIRTY, by="none")
        assert one["numerator"] == 1 and one["as_of"] == "2026-02-02T10:30:00Z"
        assert (one["budget"]["to"], one["budget"]["bad"]) == ("2026-02-02T10:30:00Z", 0)


async def test_exceptions_of_another_time_stand_as_they_were_raised(told: Server) -> None:
    """Those of the order as it was then, by every filter and sort, page by page and as a spreadsheet; today it has none of
    them. What people did is not told, so nobody may ask for it."""
    folded = AT_TEN_THIRTY | {"folded": "true"}
    async with told.person("kim") as kim:
        order = (await kim.get("/api/v1/orders/4711", params=AT_TEN_THIRTY)).json()
        said, _ = await whole(kim, "/api/v1/exceptions", **folded)
        assert order["exceptions"] and {c["id"] for c in said["items"]} == set(order["exceptions"])
        assert (said["as_of"], said["known_at"]) == ("2026-02-02T10:30:00Z", None)
        assert all(c["opened_at"] <= "2026-02-02T10:30:00Z" and c["rule"] and c["rule_version"] for c in said["items"])
        assert {c["status"] for c in said["items"]} == {"new"}
        for sort in ("severity,due_at", "-value", "-opened_at,code", "owner", "id"):
            found, _ = await whole(kim, "/api/v1/exceptions", **folded, sort=sort)
            assert sorted(c["id"] for c in found["items"]) == sorted(order["exceptions"]), sort
        one = said["items"][0]
        so, owner, words = one["order"]["so"], one["owner"], one["title"].upper()
        for ours in ({"code": one["code"]}, {"owner": f"nobody,{owner}"}, {"order": so}, {"q": words}):
            assert one["id"] in [
                c["id"] for c in (await whole(kim, "/api/v1/exceptions", **folded, **ours))[0]["items"]
            ]
        for others in ({"code": "no_code"}, {"owner": "nobody"}, {"order": "4712"}, {"q": "%"}, {"severity": "none"}):
            assert (await whole(kim, "/api/v1/exceptions", **folded, **others))[0]["total"] == 0
        first, _ = await whole(kim, "/api/v1/exceptions", **folded, limit="1")
        assert [c["id"] for c in first["items"]] == [one["id"]] and bool(first["next"]) == (said["total"] > 1)
        table = await kim.get("/api/v1/exceptions.csv", params=AT_TEN_THIRTY)
        assert table.status_code == 200 and '"4711"' in table.text and '"released"' in table.text
        assert (await whole(kim, "/api/v1/exceptions", **KNOWN_AT_TEN_THIRTY | {"folded": "true"}))[0] != said
        for path in ("exceptions", "exceptions.csv"):
            handled = await kim.get(f"/api/v1/{path}", params=AT_TEN_THIRTY | {"status": "acknowledged"})
            assert handled.status_code == 422 and "not what people did" in handled.json()["detail"]


async def test_goods_of_another_time(told: Server) -> None:
    """Stock as it was last counted by then, the purchase order before its supplier's word, the events that waited for an
    order; what came at night was known to nobody, and what had not happened is not told."""
    told.tell(GOODS, "goods")
    async with told.person("kim") as kim:
        for at, waiting in ((AT_TEN_THIRTY, {"S9", "S8"}), (KNOWN_AT_TEN_THIRTY, {"S9"})):
            stock, _ = await whole(kim, "/api/v1/inventory", **at)
            ((name, view),) = stock["items"][0]["views"].items()
            assert (name, view["on_hand"], view["age_seconds"], stock["total"]) == ("3pl.west", "8", 5400, 1)
            assert stock["as_of"] == at.get("as_of") and stock["known_at"] == at.get("known_at")
            bought, _ = await whole(kim, "/api/v1/purchase-orders", **at)
            assert [(row["number"], row["stage"]) for row in bought["items"]] == [("P5", "created")]
            one, _ = await whole(kim, "/api/v1/purchase-orders/P5", **at)
            assert (one["stage"], one["acknowledged_at"]) == ("created", None)
            strays, _ = await whole(kim, "/api/v1/unmatched", **at)
            assert {row["keys"][0].rpartition(":")[2] for row in strays["items"]} == waiting
        now = (await kim.get("/api/v1/inventory")).json()["items"][0]["views"]["3pl.west"]["on_hand"]
        assert (now, (await kim.get("/api/v1/purchase-orders/P5")).json()["stage"]) == ("5", "acknowledged")
        assert (await kim.get("/api/v1/unmatched")).json()["total"] == 3


async def test_answers_to_exceptions_at_another_time(told: Server) -> None:
    """Raised at ten, taken at eleven: at 10:30 it was running, whoever took it later; before ten there was none."""
    raised = datetime(2026, 2, 2, 10)
    told.cases.apply([intent(1, at=raised), intent(2, "clear", at=raised + timedelta(hours=2))])
    async with told.person("kim") as kim:
        for at in (AT_TEN_THIRTY, KNOWN_AT_TEN_THIRTY):
            rows = {row["id"]: row for row in (await whole(kim, "/api/v1/slas", **at))[0]["items"]}
            for sla in ("S27", "S28"):
                assert (rows[sla]["running"], rows[sla]["met"], rows[sla]["breached"]) == (1, 0, 0)
                one, _ = await whole(kim, f"/api/v1/slas/{sla}", **at, by="owner")
                assert [(row["owner"], row["running"]) for row in one["rows"]] == [("3pl.west-desk", 1)]
                assert one["as_of"] == "2026-02-02T10:30:00Z" and one["known_at"] == at.get("known_at")
        early, _ = await whole(kim, "/api/v1/slas/S27", as_of="2026-02-02T09:59:00Z")
        assert (early["running"], early["met"], early["breached"], early["void"]) == (0, 0, 0, 0)
        assert (await kim.get("/api/v1/slas/S28")).json()["running"] == 0


async def test_times_that_cannot_be_asked(told: Server) -> None:
    """What has not come yet is 422, what is no time too; before the first message there is nothing; zones are read."""
    tomorrow = clock.written(clock.now() + timedelta(days=1))
    async with told.person("kim") as kim:
        for path in ("orders", "orders.csv", "orders/4711", "orders/4711/timeline", "kpis", "slas", "slas/S02"):
            for name in ("as_of", "known_at"):
                answer = await kim.get(f"/api/v1/{path}", params={name: tomorrow})
                assert answer.status_code == 422 and "not come" in answer.json()["detail"], path
                assert (await kim.get(f"/api/v1/{path}", params={name: "soon"})).status_code == 422
        assert (await kim.get("/api/v1/orders/4711", params={"as_of": "0001-01-01T00:00:00+14:00"})).status_code == 400
        assert (await kim.get("/api/v1/orders/4711", params={"as_of": "2026-02-01"})).status_code == 404
        east = (await kim.get("/api/v1/orders/4711", params={"as_of": "2026-02-02T12:30:00+02:00"})).json()
        assert east["stage"] == "released" and east["as_of"] == "2026-02-02T10:30:00Z"


async def test_a_server_without_an_engine_says_so(web: Site) -> None:
    """It does not answer for another time: 400, not the present under another name."""
    async with web.person("kim") as kim:
        for path in ("orders", "orders/4711", "kpis", "slas"):
            assert (await kim.get(f"/api/v1/{path}", params=AT_TEN_THIRTY)).status_code == 400


async def test_strangers_learn_nothing_of_the_past(told: Server) -> None:
    """The past needs the same right to read as the present."""
    async with told.client() as nobody:
        assert (await nobody.get("/api/v1/orders/4711", params=AT_TEN_THIRTY)).status_code == 401
        send_only = told.token("ingest:erp.main")
        assert (await nobody.get("/api/v1/orders", params=AT_TEN_THIRTY, headers=send_only)).status_code == 403
