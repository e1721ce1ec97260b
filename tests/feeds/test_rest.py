"""Pages of a real web service: each record once, whatever the service does."""

import gzip
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.clock import wall
from tests.feeds.conftest import Opened
from tests.feeds.depot import Breaking, Depot, event
from tests.feeds.shop import Asked, Reply, Shop

Records = dict[str, str]
SIZE = 4


@pytest.fixture
def shop() -> Iterator[Shop]:
    """A service without records."""
    made = Shop(lambda asked: Reply())
    yield made
    made.close()


def record(id: str, updated: str) -> dict[str, Any]:
    """A CloudEvent with the time of its change."""
    return json.loads(event(id)) | {"updated": updated}


def at(minute: int) -> str:
    """A time of one morning."""
    return f"2026-11-24T09:{minute:02}:00Z"


def newer(records: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    """What a service gives that knows `since`."""
    return [one for one in records if one["updated"] >= asked.params.get("since", "")]


def paged(style: str, records: list[dict[str, Any]], url: str) -> Callable[[Asked], Reply]:
    """A service that pages in a style, newest first, packed."""

    def answer(asked: Asked) -> Reply:
        found = newer(records, asked)[::-1]
        page = int(asked.params.get("page", "1"))
        shown, more = found[(page - 1) * SIZE : page * SIZE], len(found) > page * SIZE
        address = f"{url}/orders?page={page + 1}&since={asked.params.get('since', '')}"
        headers = {"Link": f'<{address}>; rel="next"'} if style == "link" and more else {}
        said: dict[str, Any] = {"data": {"orders": shown}, "next": None}
        if more:
            said["next"] = address if style == "next" else str(page + 1)
        body = json.dumps(said).encode()
        return Reply(gzip.compress(body), headers=headers | {"Content-Encoding": "gzip"})

    return answer


PAGING = {
    "link": {"paging": "link"},
    "next": {"paging": "next", "paging_field": "next"},
    "cursor": {"paging": "cursor", "paging_field": "next", "paging_param": "page"},
    "number": {"paging": "number", "paging_param": "page"},
}


def pull(shop: Shop, **more: Any) -> dict[str, Any]:
    """What is declared for it."""
    told = {"kind": "rest", "url": f"{shop.url}/orders", "items": "data.orders", "each": True}
    return told | {"since_param": "since", "since_field": "updated", "overlap": 120} | more


@pytest.mark.parametrize("style", list(PAGING))
def test_every_record_comes_once(style: str, shop: Shop, depot: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pages are read; the next run asks from the newest record less the overlap, finds what came late, sends nothing twice."""
    records = [record(f"e{n:02}", at(n)) for n in range(10, 20)]
    shop.answer = paged(style, records, shop.url)
    monkeypatch.setenv("SHOP_TOKEN", "s3cret")
    place = depot("cloudevents", pull(shop, secret_from="SHOP_TOKEN", **PAGING[style]))
    line = place.run()
    assert place.ids() == [f"e{n:02}" for n in range(10, 20)]
    assert {one.headers["authorization"] for one in shop.asked} == {"Bearer s3cret"}
    assert "since" not in shop.asked[0].params
    shop.asked.clear()
    records.append(record("late", at(18)))
    records.append(record("x", at(25)))
    line = place.run()
    assert shop.asked[0].params["since"] == at(17)
    assert place.ids() == [f"e{n:02}" for n in range(10, 20)] + ["late", "x"]
    assert (line.keeper.standing.accepted, line.keeper.standing.duplicates) == (12, 0)
    assert line.keeper.standing.position["since"] == at(25)


def test_a_power_cut_moves_no_position(shop: Shop, depot: Opened) -> None:
    """Newest first, broken off after the first page: the older ones are not lost."""
    shop.answer = paged("number", [record(f"e{n:02}", at(n)) for n in range(10, 20)], shop.url)
    place = depot("cloudevents", pull(shop, **PAGING["number"]))
    assert not place.line(Breaking(place.intake, after=6)).run()
    assert 0 < len(place.ids()) < 10
    place.run()
    assert place.ids() == [f"e{n:02}" for n in range(10, 20)]


def test_a_busy_service_is_given_time(shop: Shop, depot: Opened) -> None:
    """429 and 5xx are tried again after what Retry-After says, in seconds or as a date; hours end the run with a word."""
    date = wall().strftime("%a, %d %b %Y %H:%M:%S GMT")
    replies = [
        Reply(b"", 429, {"Retry-After": "0"}), Reply(b"", 503, {"Retry-After": date}), Reply(b"", 500, {"Retry-After": "0"}),
        Reply(json.dumps({"data": {"orders": [record("a", at(1))]}}).encode()),
    ]  # fmt: skip
    shop.answer = lambda asked: replies.pop(0)
    place = depot("cloudevents", pull(shop))
    place.run()
    assert place.ids() == ["a"]
    assert len(shop.asked) == 4
    shop.answer = lambda asked: Reply(b"", 429, {"Retry-After": "7200"})
    line = place.line()
    assert not line.run()
    assert "asks to wait for 7200 seconds" in line.keeper.standing.last_error
    assert line.keeper.standing.position["since"] == at(1)


def failing(place: Depot) -> str:
    """What a run that must fail says."""
    line = place.line()
    assert not line.run()
    return line.keeper.standing.last_error


def test_what_a_service_must_not_do(shop: Shop, depot: Opened) -> None:
    """A page too large, even packed; one elsewhere; a circle; a redirect; a page of HTML; no place of records: each is said."""
    stranger = Shop(lambda asked: Reply())
    place = depot("cloudevents", pull(shop, paging="next", paging_field="next", max_body=100_000))
    page = {"data": {"orders": []}, "next": f"{stranger.url}/orders"}
    replies = {
        "larger than 100,000 bytes": Reply(gzip.compress(b" " * 50_000_000), headers={"Content-Encoding": "gzip"}),
        "not the declared address": Reply(json.dumps(page).encode()),
        "lead in a circle": Reply(json.dumps(page | {"next": "/orders?again=1"}).encode()),
        "answers 302": Reply(b"", 302, {"Location": stranger.url}),
        "begins with '<html>": Reply(b"<html>Maintenance</html>"),
        "has no 'data.orders'": Reply(b'{"data": {}}'),
        "is neither a time nor a number": Reply(b'{"data": {"orders": [{"updated": "soon"}]}}'),
        "answers 401": Reply(b"", 401),
        "is no JSON that can be read": Reply(b'{"data": {"orders": [' + b"[" * 50_000),
    }
    said = {}
    for words, reply in replies.items():
        shop.answer = lambda asked, reply=reply: reply  # type: ignore[misc]
        said[words] = failing(place)
    stranger.close()
    assert stranger.asked == []
    assert {words: told for words, told in said.items() if words not in told} == {}
    assert place.ids() == place.letters() == []


def test_records_are_read_by_a_mapping(shop: Shop, depot: Opened) -> None:
    """Columns of the mapping are paths into a record; decimals keep their digits, what a record lacks is empty."""
    rows = b"""{"orders": [
      {"id": 1, "changed": "2026-11-24T10:00:00+01:00", "number": "SO-1", "amount": 0.10, "note": {"a": [1, "x"]}},
      {"id": 2, "changed": "2026-11-24T10:00:00+01:00", "number": "SO-2", "amount": 123456789012.123456, "revision": 3}]}"""
    shop.answer = lambda asked: Reply(rows)
    place = depot("csv", pull(shop, items="orders", since_param="", since_field=""))
    place.run()
    line = place.run()
    found = place.rows("select native_id, occurred_at::varchar, amount, revision from event order by native_id")
    assert found == [
        ("1|2026-11-24T10:00:00+01:00:change", "2026-11-24 09:00:00", "0.10", None),
        ("2|2026-11-24T10:00:00+01:00:change", "2026-11-24 09:00:00", "123456789012.123456", 3),
    ]
    assert line.keeper.standing.duplicates == 0


def test_a_page_may_be_a_message(shop: Shop, depot: Opened) -> None:
    """A list of CloudEvents is one message; a bad one in it is a dead letter once, however often the page is read."""
    shop.answer = lambda asked: Reply(json.dumps([json.loads(event("a")), {"id": 1}]).encode())
    place = depot("cloudevents", {"kind": "rest", "url": shop.url})
    place.run()
    place.run()
    assert (place.ids(), len(place.letters())) == (["a"], 1)
