"""Vendors at the door, through the whole server: what their signatures open, and that nothing else does."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import zstandard

from app import clock
from app.errors import WrongUse
from app.main.checks import faults
from app.settings import Source, load, secrets
from collectors.cloudevents import COLLECTOR as CLOUDEVENTS
from collectors.webhook import COLLECTOR as WEBHOOK
from tests.web.site import Site

pytestmark = pytest.mark.anyio
Build = Callable[..., Site]
Headers = dict[str, str]
SECRET, KEY = "hush-Ünique", b"0123456789abcdef01234567"
STANDARD = "whsec_" + base64.b64encode(KEY).decode()
ORDER = json.dumps(
    {"id": 1, "name": "#1", "order_number": 1, "created_at": "2026-11-02T09:00:00Z", "total_price": "1.00"}
).encode()
TRACKER = json.dumps(
    {"id": "evt_1", "result": {"id": "trk_1", "object": "Tracker", "tracking_code": "EZ1", "tracking_details": [
        {"status": "delivered", "datetime": "2026-11-02T09:00:00Z"}]}}
).encode()  # fmt: skip
TICKET = json.dumps({"ticket_id": 5, "status": "Solved", "updated_at": "2026-11-02T09:00:00Z"}).encode()
SHIPMENT = json.dumps(
    {"id": 11, "order_id": 22, "reference_id": "FO-1", "last_update_at": "2026-11-02T09:00:00Z"}
).encode()
AFTER = json.dumps(
    {
        "msg": {
            "tracking_number": "1",
            "slug": "dhl",
            "checkpoints": [{"tag": "Delivered", "checkpoint_time": "2026-11-02"}],
        }
    }
).encode()
SHIPPO = json.dumps(
    {
        "data": {
            "tracking_number": "1",
            "tracking_status": {"status": "DELIVERED", "status_date": "2026-11-02T09:00:00Z"},
        }
    }
).encode()


def notice(state: str = SECRET) -> bytes:
    """A notice of Business Central."""
    value = {
        "subscriptionId": "s",
        "clientState": state,
        "resource": "r",
        "lastModifiedDateTime": "2026-11-02T09:00:00Z",
    }
    return json.dumps({"value": [value]}).encode()


def signed(body: bytes, key: bytes = SECRET.encode()) -> bytes:
    """HMAC-SHA256 of a body."""
    return hmac.new(key, body, hashlib.sha256).digest()


def based(body: bytes, key: bytes = SECRET.encode()) -> str:
    """The same in base64."""
    return base64.b64encode(signed(body, key)).decode()


def zendesk(body: bytes, minutes: int = 0) -> Headers:
    """Zendesk's headers, signed so many minutes ago."""
    at = (clock.wall() - timedelta(minutes=minutes)).isoformat()
    return {"X-Zendesk-Webhook-Signature": based(at.encode() + body), "X-Zendesk-Webhook-Signature-Timestamp": at}


def shipbob(body: bytes, minutes: int = 0) -> Headers:
    """Headers of Standard Webhooks; a signature of another key stands before the good one."""
    at = str(int((clock.wall() - timedelta(minutes=minutes)).timestamp()))
    good = based(f"m1.{at}.".encode() + body, KEY)
    return {
        "webhook-id": "m1", "webhook-timestamp": at, "webhook-signature": f"v1,{based(body)} v1,{good}",
        "x-webhook-topic": "order.shipped",
    }  # fmt: skip


#: vendor -> (a message, what it comes with)
VENDORS: dict[str, tuple[bytes, Callable[[bytes], Headers]]] = {
    "shopify": (ORDER, lambda body: {"X-Shopify-Hmac-SHA256": based(body), "X-Shopify-Topic": "orders/create"}),
    "easypost": (TRACKER, lambda body: {"X-Hmac-Signature": "hmac-sha256-hex=" + signed(body, "hush-U\u0308nique".encode()).hex()}),
    "aftership": (AFTER, lambda body: {"aftership-hmac-sha256": based(body)}),
    "zendesk": (TICKET, zendesk),
    "shipbob": (SHIPMENT, shipbob),
}  # fmt: skip


def kept(site: Site) -> list[bytes]:
    """Every message as it was kept."""
    return [zstandard.decompress(row["body"]) for row in site.reader.rows("select body from raw")]


SIGNING = (*VENDORS, "business-central", "shippo")


def _source(mapping: str, secret: Path) -> Source:
    return Source(collector="webhook", mapping=mapping, secret=f"file:{secret}")


@pytest.fixture
def vendors(build: Build, tmp_path: Path) -> Site:
    """A server with a source for each vendor, its secret in a file; one without a secret."""
    (tmp_path / "secret").write_text(f"{SECRET}\n", encoding="utf-8")
    (tmp_path / "standard").write_text(f"{STANDARD}\n", encoding="utf-8")
    sources = {name: _source(name, tmp_path / ("standard" if name == "shipbob" else "secret")) for name in SIGNING}
    sources["erp.open"] = Source(collector="webhook", mapping="netsuite")
    sources["shop.web"] = Source()
    return build(sources=sources, collectors=(CLOUDEVENTS, WEBHOOK))


async def posted(
    site: Site, source: str, body: bytes, headers: Headers | None = None, query: str = ""
) -> httpx.Response:
    """The answer to a message at a source's address."""
    async with site.client() as sender:
        raw = [(name.encode(), text.encode()) for name, text in (headers or {}).items()]
        return await sender.post(f"/api/v1/inbound/{source}{query}", content=body, headers=raw)


def stored(site: Site) -> list[dict[str, Any]]:
    """Every event in the store."""
    return site.reader.rows("select source, type, native_id from event order by source, native_id")


async def test_a_signature_opens_the_door_and_nothing_else_does(vendors: Site) -> None:
    """Good: 200 and stored, no token needed. Missing, of another body, cut, empty, no text: 401, and nothing stored."""
    for vendor, (body, sign) in VENDORS.items():
        name = next(name for name in sign(body) if "ignature" in name or "mac" in name.lower())
        good = sign(body)
        for headers in ({}, sign(body + b" "), good | {name: good[name][:-4]}, good | {name: ""}, good | {name: "é"}):
            assert (await posted(vendors, vendor, body, headers)).status_code == 401
        assert vendor not in {row["source"] for row in stored(vendors)}
        taken = await posted(vendors, vendor, body, good)
        assert (taken.status_code, taken.json()["accepted"], taken.json()["rejected"]) == (200, 1, [])
        assert (await posted(vendors, vendor, body, sign(body))).json()["duplicates"] == 1
    assert {row["source"] for row in stored(vendors)} == set(VENDORS)


async def test_an_old_signature_is_none(vendors: Site) -> None:
    """Where the time is signed, six minutes ago and six minutes ahead are refused."""
    for vendor, sign in (("zendesk", zendesk), ("shipbob", shipbob)):
        body = VENDORS[vendor][0]
        for minutes in (6, -6):
            assert (await posted(vendors, vendor, body, sign(body, minutes))).status_code == 401
        assert (await posted(vendors, vendor, body, sign(body, 4))).status_code == 200


async def test_a_secret_that_the_vendor_repeats(vendors: Site) -> None:
    """Business Central repeats it in every notice, Shippo behind the address; it is not kept with the message."""
    assert (await posted(vendors, "business-central", notice("wrong"))).status_code == 401
    assert (await posted(vendors, "business-central", b'{"value": []}')).status_code == 401
    assert (await posted(vendors, "business-central", b"{")).status_code == 401
    assert (await posted(vendors, "business-central", notice())).json()["accepted"] == 1
    assert (await posted(vendors, "shippo", SHIPPO, query="?token=wrong")).status_code == 401
    assert (await posted(vendors, "shippo", SHIPPO)).status_code == 401
    async with vendors.client() as sender:
        answer = await sender.post("/api/v1/inbound/shippo", params={"token": SECRET}, content=SHIPPO)
    assert answer.json()["accepted"] == 1
    assert len(kept(vendors)) == 2 and not [one for one in kept(vendors) if b"hush" in one]


async def test_the_word_of_a_vendor_is_said_back(vendors: Site) -> None:
    """A validationToken comes back as plain text, whatever it holds; elsewhere it is no key."""
    word = "<script>alert(1)</script>&é"
    async with vendors.client() as sender:
        said = await sender.post("/api/v1/inbound/business-central", params={"validationToken": word})
        assert (said.status_code, said.text) == (200, word)
        assert (
            said.headers["content-type"].startswith("text/plain")
            and said.headers["x-content-type-options"] == "nosniff"
        )
        assert (await sender.post("/api/v1/inbound/shopify", params={"validationToken": word})).status_code == 401
        assert (
            await sender.get("/api/v1/inbound/business-central", params={"validationToken": word})
        ).status_code == 404
    assert stored(vendors) == []


async def test_what_a_vendor_sends_unreadable_is_kept_and_taken(vendors: Site) -> None:
    """Signed and no JSON: the vendor hears 200, because sending again would not help; it is a dead letter."""
    body = b"{nonsense"
    answer = await posted(vendors, "shopify", body, VENDORS["shopify"][1](body))
    assert answer.status_code == 200 and answer.json()["rejected"][0]["reason"] == "malformed"
    assert answer.json()["rejected"][0]["dead_letter"]


async def test_a_token_serves_beside_the_signature(vendors: Site) -> None:
    """A person loads a file with a token of the source; a wrong signature is refused all the same, and so is another's token."""
    token, other = vendors.token("ingest:shopify"), vendors.token("ingest:erp.main")
    wrong = {"X-Shopify-Hmac-SHA256": based(b"other")}
    assert (await posted(vendors, "shopify", ORDER, token | wrong)).status_code == 401
    assert (await posted(vendors, "shopify", ORDER, other)).status_code == 403
    assert stored(vendors) == []
    assert (await posted(vendors, "shopify", ORDER, token)).json()["accepted"] == 1


async def test_without_a_secret_the_token_is_needed(vendors: Site) -> None:
    """A source without a secret, one that is not declared, other addresses: no stranger passes."""
    for source in ("erp.open", "shop.web", "nobody", "shopify/x"):
        assert (await posted(vendors, source, ORDER)).status_code == 401
    async with vendors.client() as sender:
        assert (await sender.get("/api/v1/orders")).status_code == 401
        assert (await sender.post("/api/v1/events", content=ORDER)).status_code == 401


async def test_an_open_loopback_asks_for_the_signature(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """`open_loopback` opens sources without a secret only; one that is not set opens nothing, and asks to send again."""
    sources = {
        "shop": Source(collector="webhook", mapping="shopify", secret="SHOP_SECRET"),
        "plain": Source(collector="webhook", mapping="shopify"),
    }
    site = build(sources=sources, collectors=(WEBHOOK,), open_loopback=True)
    good = VENDORS["shopify"][1](ORDER)
    for headers in ({}, good):
        assert (await posted(site, "shop", ORDER, headers)).status_code == 503
    assert (await posted(site, "plain", ORDER)).status_code == 200
    monkeypatch.setenv("SHOP_SECRET", f"old {SECRET}")
    assert (await posted(site, "shop", ORDER)).status_code == 401
    assert (await posted(site, "shop", ORDER, good)).status_code == 200


async def test_headers_that_the_mapping_names_are_kept(vendors: Site) -> None:
    """The topic is part of the message, so that it can be read again; the signature and other headers are not."""
    await posted(vendors, "shopify", ORDER, VENDORS["shopify"][1](ORDER) | {"x-odd": "secretive"})
    assert kept(vendors) == [b'#headers {"x-shopify-topic":"orders/create"}\n' + ORDER]


async def test_a_mapping_that_broke_meanwhile_loses_nothing(build: Build, tmp_path: Path) -> None:
    """The vendor hears 503 and sends again; it hears nothing of what is wrong here."""
    (tmp_path / "m.yaml").write_text("documents: [{name: private}]\nodd: 1")
    (tmp_path / "s").write_text(SECRET, encoding="utf-8")
    site = build(sources={"shop": _source(str(tmp_path / "m.yaml"), tmp_path / "s")}, collectors=(WEBHOOK,))
    answer = await posted(site, "shop", ORDER, VENDORS["shopify"][1](ORDER))
    assert answer.status_code == 503 and "odd" not in answer.text


def test_check_tells_what_is_wrong_with_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A variable or file that is not there, a secret where nothing is signed, a wrong mapping with its place."""
    monkeypatch.delenv("NO_SUCH_SECRET", raising=False)
    file = tmp_path / "orderscope.yaml"
    file.write_text(
        "sources:\n  a: {collector: webhook, mapping: shopify, secret: NO_SUCH_SECRET}\n"
        "  b: {collector: webhook, mapping: netsuite, secret: 'file:there'}\n  c: {collector: webhook, mapping: m.yaml}\n"
    )
    (tmp_path / "there").write_text("x")
    (tmp_path / "m.yaml").write_text("documents: [{name: d, id: [id], events: [{name: e, type: order.made, time: t}]}]")
    told = faults(str(file))
    assert [line for line in told if line.startswith("sources.a.secret") and "NO_SUCH_SECRET" in line]
    assert [line for line in told if line.startswith("sources.b.secret") and "no signature" in line]
    assert [line for line in told if "documents.0.events.0.type" in line and "no event type" in line]
    assert secrets(load(file).sources["b"]) == ("x",) and secrets(load(file).sources["a"]) == ()
    file.write_text("sources: {a: {secret: 'not a name'}}")
    with pytest.raises(WrongUse, match=r"sources\.a\.secret"):
        load(file)
