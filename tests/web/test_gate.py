"""What each person, token and page may do, and what every answer carries."""

from collections.abc import Callable

import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.websockets import WebSocket

from app.cases.identity import current
from app.web.auth import add_token, disable_token, tokens
from tests.web.site import EVENT, Site

pytestmark = pytest.mark.anyio
Build = Callable[..., Site]
MATCH = {"if-match": '"1"'}


async def test_what_changes_something_must_come_from_our_page(web: Site) -> None:
    """A cookie alone is not enough: without the CSRF word, or with a wrong one, nothing is done."""
    case = web.case()
    async with web.person("kim") as kim:
        word = kim.headers.pop("X-CSRFToken")
        path = f"/api/v1/exceptions/{case['id']}/acknowledge"
        for headers in (MATCH, MATCH | {"x-csrftoken": "wrong"}, MATCH | {"origin": "http://evil.example"}):
            assert (await kim.post(path, headers=headers)).status_code == 403
        assert (await kim.post("/sign-out")).status_code == 403
        assert web.cases.one(case["id"])["status"] == "new"
        assert (await kim.post(path, headers=MATCH | {"x-csrftoken": word})).status_code == 200


async def test_executives_look_and_do_not_act(web: Site) -> None:
    """They read everything; each action, one or many, is 403. Owners and operations act."""
    case = web.case()
    async with web.person("eve") as eve, web.person("lee") as lee:
        assert (await eve.get("/api/v1/exceptions")).json()["total"] == 1
        assert (await eve.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers=MATCH)).status_code == 403
        bulk = {"action": "acknowledge", "ids": [case["id"]]}
        assert (await eve.post("/api/v1/exceptions/bulk", json=bulk)).status_code == 403
        done = await lee.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers=MATCH)
        assert done.json()["status"] == "acknowledged"
    assert web.cases.one(case["id"])["history"][-1]["actor"] == "lee"


async def test_a_token_does_what_its_scopes_say(web: Site) -> None:
    """Read does not act, act does not read, ingest does neither; a token needs no CSRF word."""
    case = web.case()
    read, act, ingest = web.token("read"), web.token("act"), web.token("ingest:*")
    path = f"/api/v1/exceptions/{case['id']}/comment"
    async with web.client() as program:
        assert (await program.get("/api/v1/exceptions", headers=read)).status_code == 200
        assert (await program.post(path, headers=read | MATCH, json={"text": "x"})).status_code == 403
        assert (await program.get("/api/v1/exceptions", headers=act)).status_code == 403
        assert (await program.get("/api/v1/exceptions", headers=ingest)).status_code == 403
        both = web.token("read", "act")
        assert (await program.post(path, headers=both | MATCH, json={"text": "x"})).status_code == 200
    assert web.cases.one(case["id"])["history"][-1]["actor"] == "token:tread-act"


async def test_a_wrong_or_disabled_token_is_401_and_hides_behind_no_cookie(web: Site) -> None:
    """Even beside a good session a bad token is refused; disabling takes effect, the last use is noted."""
    secret = add_token(web.cases.store, "robot", ["read"])
    good = {"Authorization": f"Bearer {secret}"}
    async with web.person("kim") as kim:
        for bad in ("Bearer nonsense", "Bearer ", "Basic a2ltOng=", "nonsense"):
            answer = await kim.get("/api/v1/exceptions", headers={"Authorization": bad})
            assert answer.status_code == 401 and answer.headers["www-authenticate"].startswith("Bearer")
        assert (await kim.get("/api/v1/exceptions", headers=good)).status_code == 200
        assert tokens(web.cases.store)[0]["last_used_at"] is not None
        disable_token(web.cases.store, "robot")
        web.app.state.registry.forget()
        assert (await kim.get("/api/v1/exceptions", headers=good)).status_code == 401


async def test_loopback_is_open_only_where_that_is_set_and_never_to_a_web_page(build: Build) -> None:
    """A local client may send events without a token; another machine, or a page in a local browser, may not."""
    web = build(open_loopback=True)
    async with web.client() as local, web.client(("203.0.113.9", 1)) as remote:
        assert (await local.post("/api/v1/events", json=EVENT)).status_code == 200
        assert (await remote.post("/api/v1/events", json=EVENT)).status_code == 401
        page = {"origin": "http://evil.example"}
        assert (await local.post("/api/v1/events", json=EVENT, headers=page)).status_code == 401
        assert (await local.get("/api/v1/exceptions")).status_code == 401
    strict = build()
    async with strict.client() as local:
        assert (await local.post("/api/v1/events", json=EVENT)).status_code == 401


async def test_every_answer_is_hardened(web: Site) -> None:
    """The sign-in page, a 401, a 404 and health carry the same headers; data is kept by no cache."""
    async with web.client() as nobody:
        for path in ("/sign-in", "/api/v1/orders", "/healthz", "/nope"):
            headers = (await nobody.get(path)).headers
            assert "frame-ancestors 'none'" in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "same-origin"
            assert headers["cache-control"] == "no-store"


async def test_the_otlp_port_takes_only_otlp(web: Site) -> None:
    """No page, API or sign-in there; a path below /v1/ that nobody serves is a 404 like everywhere."""
    async with web.client(base="http://127.0.0.1:4318") as otlp:
        for path in ("/", "/sign-in", "/api/v1/orders", "/healthz"):
            assert (await otlp.get(path)).status_code == 404
        assert (await otlp.post("/v1/traces")).status_code == 401
        assert (await otlp.post("/v1/nope", headers=web.token("ingest:*"))).status_code == 404


async def test_pages_know_who_asks_and_a_failure_tells_nothing(build: Build) -> None:
    """`current` is set inside; an unexpected failure is a 500 without insides, logged with its traceback."""

    def attach(app: FastAPI) -> None:
        async def who(request: Request) -> PlainTextResponse:
            if "boom" in request.url.path:
                raise RuntimeError("the secret of the house")
            found = current.get()
            return PlainTextResponse(found.name if found else "nobody")

        app.add_route("/{rest:path}", who)

    web = build(attach)
    async with web.person("lee") as lee:
        assert (await lee.get("/page")).text == "lee"
        broken = await lee.get("/boom")
        assert broken.status_code == 500 and broken.json()["title"] and "secret" not in broken.text
        assert broken.headers["x-content-type-options"] == "nosniff"
        assert (await lee.get("/api/v1/nope")).status_code == (await lee.get("/v1/nope")).status_code == 404
        assert (await lee.get("/api/v1/nope")).headers["content-type"] == "application/problem+json"


async def test_a_failure_is_in_the_log(build: Build, caplog: pytest.LogCaptureFixture) -> None:
    """With method, path (as one line, whatever it holds) and traceback."""

    def attach(app: FastAPI) -> None:
        async def boom(request: Request) -> PlainTextResponse:
            raise RuntimeError("the reason")

        app.add_route("/{rest:path}", boom)

    web = build(attach)
    async with web.person("lee") as lee:
        await lee.get("/boom%0dFORGED")
    assert "GET /boom\\rFORGED failed" in caplog.text and "the reason" in caplog.text


class _Wire:
    """One websocket as a server would run it."""

    def __init__(self, web: Site, **headers: str) -> None:
        self.app, self.sent = web.app, list[dict[str, object]]()
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        self.scope = {
            "type": "websocket", "path": "/live", "raw_path": b"/live", "query_string": b"", "headers": raw,
            "scheme": "ws", "server": ("127.0.0.1", 8050), "client": ("127.0.0.1", 1), "subprotocols": [],
            "root_path": "",
        }  # fmt: skip
        self.messages = [{"type": "websocket.connect"}, {"type": "websocket.receive", "text": "hello"}]

    async def run(self) -> list[object]:
        async def receive() -> dict[str, object]:
            return dict(self.messages.pop(0)) if self.messages else {"type": "websocket.disconnect", "code": 1000}

        async def send(message: dict[str, object]) -> None:
            self.sent.append(message)

        await self.app(self.scope, receive, send)  # type: ignore[arg-type]
        return [m.get("text") or m.get("code") or m["type"] for m in self.sent]


async def test_a_websocket_needs_a_session_and_our_origin(build: Build) -> None:
    """Stranger, foreign page, and no Origin at all are closed before anything opens."""

    def attach(app: FastAPI) -> None:
        async def live(socket: WebSocket) -> None:
            await socket.accept()
            await socket.receive_text()
            who = current.get()
            await socket.send_text(who.name if who else "nobody")

        app.add_api_websocket_route("/live", live)

    web = build(attach)
    ours, host = "http://127.0.0.1:8050", "127.0.0.1:8050"
    async with web.person("kim") as kim:
        cookie = f"orderscope_session={kim.cookies['orderscope_session']}"
        assert await _Wire(web, host=host, origin=ours, cookie=cookie).run() == ["websocket.accept", "kim"]
        assert await _Wire(web, host=host, origin="http://evil.example", cookie=cookie).run() == [4403]
        assert await _Wire(web, host=host, cookie=cookie).run() == [4403]
        assert await _Wire(web, host=host, origin=ours).run() == [4401]
        assert await _Wire(web, host=host, origin=ours, cookie="orderscope_session=x").run() == [4401]
