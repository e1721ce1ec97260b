"""Dead letters: found by filters, opened with the fault marked, put through again once and only once."""

import json
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.contracts import Wanted
from app.main.replaying import COMMAND
from app.model.event import Message, Translation
from app.settings import Source
from app.web.replaying import Replays
from collectors.cloudevents import COLLECTOR
from tests.web.site import EVENT, Site

pytestmark = pytest.mark.anyio
BATCH = {"Content-Type": "application/cloudevents-batch+json"}
BAD = EVENT | {"id": "2", "data": {"keys": {"so": "4712"}, "lines": [{"line": "1", "sku": "A", "qty": "ten"}]}}
LATE = EVENT | {"id": "3", "time": "2091-01-01T00:00:00Z"}
REPLAY = "/api/v1/dead-letters/replay"


async def sent(web: Site, *events: dict[str, Any]) -> dict[str, Any]:
    """What the server says to a batch."""
    async with web.client() as client:
        headers = web.token("ingest:*") | BATCH
        answer = await client.post("/api/v1/events", content=json.dumps(events), headers=headers)
    said: dict[str, Any] = answer.json()
    return said


async def asked(web: Site, method: str, path: str, person: str = "kim", **more: Any) -> httpx.Response:
    """An answer to a person."""
    async with web.person(person) as client:
        return await client.request(method, path, **more)


async def test_letters_are_found_by_source_reason_and_state(web: Site) -> None:
    """The filters narrow the list; what is asked for with an unknown one is refused."""
    await sent(web, EVENT, BAD, LATE)
    every = (await asked(web, "GET", "/api/v1/dead-letters")).json()
    assert every["total"] == 2
    some = (await asked(web, "GET", "/api/v1/dead-letters?reason=bad_quantity&status=open")).json()
    assert [one["native_id"] for one in some["items"]] == ["2"]
    assert (await asked(web, "GET", "/api/v1/dead-letters?status=closed")).json()["total"] == 0
    assert (await asked(web, "GET", "/api/v1/dead-letters?from=2090-01-01T00:00:00Z")).json()["total"] == 0
    assert (await asked(web, "GET", "/api/v1/dead-letters?colour=red")).status_code == 422


async def test_a_letter_shows_its_item_with_the_fault_marked(web: Site) -> None:
    """The item stands between what is before and after it, and the mark covers the very value that does not fit."""
    letter = (await sent(web, EVENT, BAD, LATE))["rejected"][0]["dead_letter"]
    inside = (await asked(web, "GET", f"/api/v1/dead-letters/{letter}")).json()
    message = inside["message"]
    assert json.loads(message["item"]) == BAD
    assert [message["item"][begin:end] for begin, end in message["marks"]] == ["ten"]
    assert message["before"].endswith("}, ") and message["after"].startswith(", {")
    assert [one["native_id"] for one in inside["siblings"]] == ["3"]
    assert (await asked(web, "GET", "/api/v1/dead-letters/dl_9_9")).status_code == 404


async def test_an_edited_message_is_read_once(web: Site) -> None:
    """Dry run says what would be made and makes nothing; the replay makes it, and a second one makes nothing more."""
    letter = (await sent(web, EVENT, BAD))["rejected"][0]["dead_letter"]
    mended = json.dumps([EVENT, BAD | {"data": {"keys": {"so": "4712"}, "lines": [{"line": "1", "qty": "10"}]}}])
    said = {"ids": [letter], "body": mended, "dry_run": True}
    dry = (await asked(web, "POST", REPLAY, json=said)).json()
    assert (dry["made"], dry["kept"], dry["replaced"], dry["accepted"]) == (1, 1, 0, 1)
    assert dry["items"][0]["made"][0]["keys"] == ["so:erp:4712"]
    assert web.reader.rows("select count(*) as n from event") == [{"n": 1}]
    done = (await asked(web, "POST", REPLAY, json=said | {"dry_run": False, "why": "ten is 10"})).json()
    assert {name: done[name] for name in ("made", "kept", "replaced", "accepted")} == {
        "made": 1, "kept": 1, "replaced": 0, "accepted": 1,
    }  # fmt: skip
    again = (await asked(web, "POST", REPLAY, json={"ids": [letter]})).json()
    assert (again["messages"], again["made"]) == (0, 0)
    assert web.reader.rows("select count(*) as n from event where source <> 'people'") == [{"n": 2}]
    inside = (await asked(web, "GET", f"/api/v1/dead-letters/{letter}")).json()
    assert (inside["status"], inside["closed_by"], inside["result"]) == ("closed", "kim", "accepted")
    assert [(one["person"], one["result"], one["why"]) for one in inside["history"]] == [
        ("kim", "accepted", "ten is 10")
    ]


async def test_a_message_that_its_wire_cannot_bear_stops_no_other(web: Site) -> None:
    """Put through again, one of two breaks its wire: it is told, and the other is read."""
    headers = web.token("ingest:*") | BATCH
    async with web.client() as client:
        for event in (BAD, LATE):
            await client.post("/api/v1/events", content=json.dumps([event]), headers=headers)

    def failing(message: Message, source: Source) -> Translation:
        if b"4712" in message.body:
            raise ZeroDivisionError("no such thing")
        return COLLECTOR.translate(message, source)

    wires = [replace(COLLECTOR, translate=failing)]
    done = Replays(web.reader, web.ends[0], {}, wires).many(Wanted({}), COMMAND)
    assert [("no such thing" in one.get("fault", "")) for one in done["items"]] == [True, False]
    assert (done["failed"], done["rejected"]) == (1, 1)


async def test_what_is_still_wrong_stays_a_letter(web: Site) -> None:
    """A replay of what cannot be read yet keeps the letter open and tells of the attempt."""
    letter = (await sent(web, BAD))["rejected"][0]["dead_letter"]
    done = (await asked(web, "POST", REPLAY, json={"source": "", "reason": "bad_quantity"})).json()
    assert (done["rejected"], done["made"], done["left"]) == (1, 0, 0)
    inside = (await asked(web, "GET", f"/api/v1/dead-letters/{letter}")).json()
    assert (inside["status"], inside["result"], len(inside["history"])) == ("open", "rejected", 1)


async def test_who_only_looks_replays_nothing(web: Site) -> None:
    """An executive and a token that may only read are refused; a replay that names nothing is, too."""
    letter = (await sent(web, BAD))["rejected"][0]["dead_letter"]
    assert (await asked(web, "POST", REPLAY, "eve", json={"ids": [letter]})).status_code == 403
    async with web.client() as client:
        assert (await client.post(REPLAY, json={"ids": [letter]}, headers=web.token("read"))).status_code == 403
    assert (await asked(web, "POST", REPLAY, json={})).status_code == 400


async def test_nobody_speaks_for_another_source_by_a_replay(web: Site) -> None:
    """What a token was not allowed to send stays refused, and an edit gives it no other sender."""
    async with web.client() as client:
        headers = web.token("ingest:shop.web") | BATCH
        mine = EVENT | {"id": "5", "source": "shop.web"}
        answer = await client.post("/api/v1/events", content=json.dumps([mine, EVENT]), headers=headers)
    letter = answer.json()["rejected"][0]
    assert letter["reason"] == "source_not_allowed"
    done = (await asked(web, "POST", REPLAY, json={"ids": [letter["dead_letter"]]})).json()
    assert (done["rejected"], done["made"]) == (1, 0)
    forged = json.dumps([mine, EVENT | {"id": "6"}])
    done = (await asked(web, "POST", REPLAY, json={"ids": [letter["dead_letter"]], "body": forged})).json()
    assert (done["rejected"], done["made"]) == (1, 0)
    assert web.reader.rows("select distinct source from event where source <> 'people'") == [{"source": "shop.web"}]
