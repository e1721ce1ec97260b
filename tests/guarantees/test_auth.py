"""Who may send, read and act: tokens as `orderscope token` gives them, over both ports."""

import stat

import httpx
import pytest

from tests.guarantees.server import BATCH, Server, event, hours_ago, until

Headers = dict[str, str]


@pytest.fixture(scope="module")
def tokens(server: Server) -> dict[str, Headers]:
    """One token that may only read, and one of a warehouse."""
    secrets = {"read": server.token("auth-read", "read"), "west": server.token("auth-west", "ingest:3pl.west")}
    return {name: {"Authorization": f"Bearer {secret}"} for name, secret in secrets.items()}


@pytest.fixture
def stranger(server: Server) -> httpx.Client:
    """A client without a token."""
    return httpx.Client(base_url=server.url, timeout=30)


def sent(client: httpx.Client, headers: Headers, *sources: str) -> httpx.Response:
    events = [
        event(f"auth-{source}", source, "fulfillment.acknowledged", hours_ago(0.1), keys={"so": f"AUTH-{source}"})
        for source in sources
    ]
    return client.post("/api/v1/events", json=events, headers={"Content-Type": BATCH} | headers)


def test_nobody_without_a_token(stranger: httpx.Client, server: Server) -> None:
    """Without a token or with a wrong one nothing is read, sent or done: 401, on both ports."""
    for headers in ({}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic bm86bm8="}):
        assert sent(stranger, headers, "3pl.west").status_code == 401
        for path in ("/api/v1/orders", "/api/v1/exceptions", "/api/v1/dead-letters", "/api/v1/slas"):
            assert stranger.get(path, headers=headers).status_code == 401
        assert stranger.post("/v1/traces", content=b"", headers=headers).status_code == 401
        assert httpx.post(f"{server.otlp_url}/v1/traces", content=b"", headers=headers).status_code == 401
        assert stranger.post("/api/v1/inbound/3pl.east", content=b"x", headers=headers).status_code == 401
    assert [stranger.get(path).status_code for path in ("/healthz", "/readyz", "/metrics")] == [200, 200, 200]


def test_a_token_sends_for_its_source_only(stranger: httpx.Client, server: Server, tokens: dict[str, Headers]) -> None:
    """Another source is refused; in a mixed batch its items alone are."""
    west = tokens["west"]
    assert sent(stranger, west, "erp.main").status_code == 403
    assert stranger.post("/api/v1/inbound/3pl.east", content=b"x", headers=west).status_code == 403
    mixed = sent(stranger, west, "erp.main", "3pl.west").json()
    assert (mixed["accepted"], [one["reason"] for one in mixed["rejected"]]) == (1, ["source_not_allowed"])
    server.settled()
    assert server.order("AUTH-3pl.west")["events"] == 1
    assert server.client.get("/api/v1/orders/AUTH-erp.main").status_code == 404
    assert stranger.get("/api/v1/orders", headers=west).status_code == 403


def test_who_reads_cannot_act(stranger: httpx.Client, server: Server, tokens: dict[str, Headers]) -> None:
    """A token for reading sees the exception, cannot acknowledge it, and cannot send."""
    read = tokens["read"]
    server.take(
        event("auth-1", "erp.main", "order.created", hours_ago(9), keys={"so": "AUTH-ACT"}),
        event("auth-2", "erp.main", "order.credit_held", hours_ago(8), keys={"so": "AUTH-ACT"}, hold={"kind": "credit", "id": "H1"}),
    )  # fmt: skip
    case = until(lambda: server.get("/api/v1/exceptions", q="AUTH-ACT")["items"] or None)[0]
    seen = stranger.get(f"/api/v1/exceptions/{case['id']}", headers=read)
    assert (seen.status_code, seen.headers["etag"]) == (200, f'"{case["version"]}"')
    act = {"If-Match": seen.headers["etag"]}
    assert stranger.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers=read | act).status_code == 403
    bulk = {"action": "acknowledge", "ids": [case["id"]]}
    assert stranger.post("/api/v1/exceptions/bulk", json=bulk, headers=read).status_code == 403
    assert sent(stranger, read, "3pl.west").status_code == 403
    assert stranger.post(f"/api/v1/exceptions/{case['id']}/acknowledge", headers=act).status_code == 401
    assert server.get(f"/api/v1/exceptions/{case['id']}")["status"] == "new"


def test_the_token_of_the_command_line_is_its_owners(server: Server) -> None:
    """The file that lets commands in can be read by its owner only."""
    mode = (server.data / "server.json").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_only_history_says_when_it_arrived(stranger: httpx.Client, server: Server, tokens: dict[str, Headers]) -> None:
    """`receivedat` of a token without `backfill` is ignored: arrival is when it reached the socket."""
    told = event("auth-past", "3pl.west", "fulfillment.acknowledged", hours_ago(48), keys={"so": "AUTH-PAST"}) | {
        "receivedat": hours_ago(47)
    }
    answer = stranger.post("/api/v1/events", json=[told], headers={"Content-Type": BATCH} | tokens["west"])
    assert answer.json()["accepted"] == 1
    server.settled()
    row = next(
        one
        for one in server.get("/api/v1/orders/AUTH-PAST/timeline")["items"]
        if one["kind"] == "event" and not one["inferred"]
    )
    assert row["arrived_at"] > hours_ago(0.5)
