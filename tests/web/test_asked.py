"""What a call may be asked: nothing is passed over, neither a parameter nor another time."""

import httpx
import pytest

from tests.web.site import Site

pytestmark = pytest.mark.anyio
TIMED = {
    "/orders", "/orders.csv", "/orders/{key}", "/orders/{key}/timeline", "/orders/{key}/links", "/orders/{key}/traces",
    "/exceptions", "/exceptions.csv", "/inventory", "/purchase-orders", "/purchase-orders/{key}", "/unmatched", "/slas",
    "/slas/{sla}", "/kpis",
}  # fmt: skip


async def gets(client: httpx.AsyncClient) -> list[str]:
    """The calls that read, below the prefix."""
    paths = (await client.get("/api/openapi.json")).json()["paths"]
    return [p.removeprefix("/api/v1") for p, how in paths.items() if p.startswith("/api/v1/") and "get" in how]


async def test_what_a_call_does_not_take_is_refused(web: Site) -> None:
    """Every call that reads, and those that change: an unknown parameter is 422 with those that there are, and nothing is
    looked up first; so is one that is said twice."""
    headers = web.token("read", "admin")
    async with web.client() as client:
        client.headers.update(headers)
        for path in await gets(client):
            answer = await client.get(f"/api/v1{path}?colour=red")
            assert answer.status_code == 422 and "'colour'" in answer.json()["detail"], path
            assert answer.headers["content-type"] == "application/problem+json"
        said = await client.post("/api/v1/exceptions/exc_1/acknowledge?colour=red", headers={"if-match": '"1"'})
        assert said.status_code == 422 and said.json()["mend"] == "It takes nothing."
        twice = await client.get("/api/v1/exceptions?severity=high&severity=low")
        assert twice.status_code == 422 and "twice" in twice.json()["detail"]
        assert "limit" in (await client.get("/api/v1/orders?colour=red")).json()["mend"]


async def test_who_may_not_read_is_told_nothing_of_parameters(web: Site) -> None:
    """First who asks, then what."""
    async with web.client() as nobody:
        assert (await nobody.get("/api/v1/orders?colour=red")).status_code == 401
        sender = web.token("ingest:erp.main")
        assert (await nobody.get("/api/v1/orders?colour=red", headers=sender)).status_code == 403


async def test_another_time_is_answered_or_refused(web: Site) -> None:
    """A call answers for another time, or says that it does not; none answers for today under another name."""
    headers = web.token("read", "admin")
    async with web.client() as client:
        client.headers.update(headers)
        for path in await gets(client):
            for name in ("as_of", "known_at"):
                answer = await client.get(f"/api/v1{path}", params={name: "2026-02-02T10:30:00Z"})
                if path in TIMED:
                    assert "does not answer for another time" in answer.json()["detail"], path
                else:
                    assert answer.status_code == 422 and "for now only" in answer.json()["detail"], path
