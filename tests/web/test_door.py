"""What is sent over HTTP: whose it may be, how large, how often, and what the answer means."""

import gzip
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.errors import WrongUse
from app.store.questions.letters import message
from collectors.cloudevents import COLLECTOR
from tests.web.site import EVENT, Site

pytestmark = pytest.mark.anyio
Build = Callable[..., Site]
BATCH = {"content-type": "application/cloudevents-batch+json"}
ONE = {"content-type": "application/cloudevents+json"}


def _batch(*sources: str) -> bytes:
    return json.dumps([EVENT | {"source": source, "id": f"{n}"} for n, source in enumerate(sources)]).encode()


def _stored(web: Site) -> list[dict[str, Any]]:
    return web.reader.rows("select source, native_id, received_at from event order by source, native_id")


async def test_what_is_answered_is_stored(web: Site) -> None:
    """Accepted means committed; the same again is a duplicate."""
    any_source = web.token("ingest:*")
    async with web.client() as sender:
        first = await sender.post("/api/v1/events", content=json.dumps(EVENT), headers=any_source | ONE)
        assert first.json() == {"accepted": 1, "duplicates": 0, "rejected": []} and len(_stored(web)) == 1
        again = await sender.post("/api/v1/events", content=json.dumps(EVENT), headers=any_source | ONE)
        assert again.json() == {"accepted": 0, "duplicates": 1, "rejected": []} and len(_stored(web)) == 1


async def test_a_token_sends_only_for_its_sources(web: Site) -> None:
    """All foreign: 403 and nothing stored. Some foreign: those are dead letters, the others are stored."""
    mine = web.token("ingest:erp.main")
    async with web.client() as sender:
        refused = await sender.post("/api/v1/events", content=_batch("erp.other"), headers=mine | BATCH)
        assert refused.status_code == 403 and _stored(web) == []
        mixed = await sender.post("/api/v1/events", content=_batch("erp.main", "erp.other"), headers=mine | BATCH)
        said = mixed.json()
        assert said["accepted"] == 1
        assert [(r["index"], r["reason"]) for r in said["rejected"]] == [(1, "source_not_allowed")]
        assert [row["source"] for row in _stored(web)] == ["erp.main"]


async def test_a_refused_item_is_its_senders_where_the_token_may_speak_for_them(web: Site) -> None:
    """A token for everybody: the letter says which system sent it. A token for two: nobody is blamed for a third."""
    bad = [
        EVENT | {"source": source, "id": source, "time": "yesterday"} for source in ("erp.main", "crm.main", "people")
    ]
    async with web.client() as sender:
        for scopes in (("ingest:*",), ("ingest:erp.main", "ingest:ecom.web")):
            said = await sender.post("/api/v1/events", content=json.dumps(bad), headers=web.token(*scopes) | BATCH)
            assert [one["id"] for one in said.json()["rejected"]] == ["erp.main", "crm.main", "people"]
    rows = web.reader.rows("select raw_id, source from dead_letter order by raw_id, item")
    assert [row["source"] for row in rows] == ["erp.main", "crm.main", "", "erp.main", "", ""]


async def test_reading_and_people_do_not_send(web: Site) -> None:
    """Neither a token to read nor a signed-in person may send messages."""
    async with web.client() as sender, web.person("kim") as kim:
        headers = web.token("read", "act", "admin") | ONE
        assert (await sender.post("/api/v1/events", content=json.dumps(EVENT), headers=headers)).status_code == 403
        assert (await kim.post("/api/v1/events", content=json.dumps(EVENT), headers=ONE)).status_code == 403
    assert _stored(web) == []


async def test_only_backfill_says_when_something_arrived(web: Site) -> None:
    """`receivedat` counts with the scope, and is the socket's time without it."""
    old = EVENT | {"receivedat": "2026-11-02T10:00:00Z"}
    plain, back = web.token("ingest:*"), web.token("ingest:*", "backfill")
    async with web.client() as sender:
        await sender.post("/api/v1/events", content=json.dumps(old | {"id": "a"}), headers=plain | ONE)
        await sender.post("/api/v1/events", content=json.dumps(old | {"id": "b"}), headers=back | ONE)
    arrived = {row["native_id"]: row["received_at"] for row in _stored(web)}
    assert arrived["b"].isoformat() == "2026-11-02T10:00:00" and arrived["a"] != arrived["b"]


async def test_size_is_bounded_packed_and_unpacked(build: Build) -> None:
    """Too large as sent, and a bomb: 413 each, nothing stored; a packed good body is taken."""
    web = build(max_body=10_000, max_unpacked=20_000)
    headers, packed = web.token("ingest:*") | ONE, {"content-encoding": "gzip"}
    async with web.client() as sender:
        assert (await sender.post("/api/v1/events", content=b"x" * 10_001, headers=headers)).status_code == 413
        bomb = gzip.compress(b"0" * 5_000_000)
        assert (await sender.post("/api/v1/events", content=bomb, headers=headers | packed)).status_code == 413
        assert (await sender.post("/api/v1/events", content=b"not gzip", headers=headers | packed)).status_code == 400
        good = gzip.compress(json.dumps(EVENT).encode())
        assert (await sender.post("/api/v1/events", content=good, headers=headers | packed)).json()["accepted"] == 1


async def test_an_idempotency_key_gives_the_first_answer_again(web: Site) -> None:
    """The same body: the same answer, though its items are known by now. Another body: 422. Another client: its own."""
    key = web.token("ingest:*") | ONE | {"idempotency-key": "k1"}
    other = web.token("ingest:erp.main") | ONE | {"idempotency-key": "k1"}
    async with web.client() as sender:
        body = json.dumps(EVENT)
        first = await sender.post("/api/v1/events", content=body, headers=key)
        again = await sender.post("/api/v1/events", content=body, headers=key)
        assert first.json() == again.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
        assert (await sender.post("/api/v1/events", content=body + " ", headers=key)).status_code == 422
        assert (await sender.post("/api/v1/events", content=body, headers=other)).json()["duplicates"] == 1


async def test_any_declared_source_has_its_address(web: Site) -> None:
    """`/inbound/{source}` goes through the source's collector; undeclared is 404, not covered 403, unreadable 400."""
    headers = web.token("ingest:*") | ONE
    event = json.dumps(EVENT | {"source": "shop.web"})
    async with web.client() as sender:
        assert (await sender.post("/api/v1/inbound/shop.web", content=event, headers=headers)).json()["accepted"] == 1
        assert (await sender.post("/api/v1/inbound/nobody", content=event, headers=headers)).status_code == 404
        assert (await sender.post("/api/v1/inbound/odd.one", content=event, headers=headers)).status_code == 404
        only = web.token("ingest:erp.main") | ONE
        assert (await sender.post("/api/v1/inbound/shop.web", content=event, headers=only)).status_code == 403
        broken = await sender.post("/api/v1/inbound/shop.web", content=b"\xff{", headers=headers)
        assert broken.status_code == 400 and broken.json()["rejected"][0]["dead_letter"]
        reader = web.token("read")
        dead = (await sender.get("/api/v1/dead-letters", headers=reader)).json()
        assert dead["total"] == 1 and dead["items"][0]["reason"]


@pytest.mark.parametrize("what", ["translate", "pack", "version"])
async def test_what_a_wire_cannot_bear_is_kept(build: Build, what: str) -> None:
    """The wire raises, or its mapping cannot be read: the message is a dead letter, whole, and its sender hears so."""

    def failing(*_: Any) -> Any:
        raise WrongUse("no such mapping") if what == "version" else ZeroDivisionError("no such thing")

    web = build(collectors=(replace(COLLECTOR, **{what: failing}),))
    async with web.client() as sender:
        headers = web.token("ingest:*") | ONE
        said = await sender.post("/api/v1/inbound/shop.web", content=json.dumps(EVENT), headers=headers)
    assert said.status_code == 400 and [one["reason"] for one in said.json()["rejected"]] == ["unreadable"]
    [letter] = web.reader.rows("select raw_id, detail from dead_letter")
    assert "no such" in letter["detail"]
    assert message(web.reader, letter["raw_id"]).body == json.dumps(EVENT).encode()


async def test_metrics_count_what_came_in(web: Site) -> None:
    """Public, Prometheus text, by collector and result; health says the process is alive and ready."""
    async with web.client() as sender:
        await sender.post("/api/v1/events", content=json.dumps(EVENT), headers=web.token("ingest:*") | ONE)
        text = (await sender.get("/metrics")).text
        assert 'orderscope_ingest_items_total{collector="cloudevents",result="accepted"} 1' in text
        assert (await sender.get("/healthz")).status_code == 200
        assert (await sender.get("/readyz")).json()["ready"] is True
