"""A world in quick motion, and how its systems send: near in time, true in the rest, signed and by the right door."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from app import clock
from app.demo.world import folder, stream
from app.demo.world.faults import FAULTS, chosen
from app.demo.world.hours import DAY, HOUR
from app.demo.world.play import played
from app.demo.world.signing import SIGNERS
from app.main.demos import a_minute
from app.main.posting import Systems
from app.settings import load
from collectors.webhook.receiver import hook
from tests.demo.conftest import START


@pytest.fixture(scope="module")
def quick() -> stream.Stream:
    """Two hours of twenty orders that live sixty times faster."""
    return stream.stream(START, 2 * HOUR, 20, 60, seed=3, faults=FAULTS, offset=stream.numbers(START))


def test_orders_of_a_stream_live_faster_and_keep_their_promises_far(quick: stream.Stream) -> None:
    """Every moment lies between beginning and end, in the order of the world; a promise is as many days away as ever."""
    assert quick.end == START + 2 * HOUR
    for true, told in zip(quick.stage.facts, quick.facts(), strict=True):
        assert START <= told.at <= told.arrives <= quick.end + DAY
        assert (told.at - START) == int((true.at - quick.stage.start) / 60)
        assert told.written_at - told.at == true.written_at - true.at
        assert told.data.get("promised_at", 0) - told.at in (true.data.get("promised_at", 0) - true.at, -told.at)
    assert {"order.created", "shipment.dispatched"} <= {fact.type for fact in quick.facts()}
    assert not [fact for fact in quick.facts() if fact.type.startswith(("inventory", "purchase_order"))]


def test_what_goes_wrong_in_a_stream_is_told_once(quick: stream.Stream) -> None:
    """Each fault of an order once, in the order in which it shows, with the words of the catalogue."""
    struck = list(quick.struck())
    assert struck == sorted(struck, key=lambda one: one.at)
    assert len({(one.fault, one.so) for one in struck if one.so}) == len([one for one in struck if one.so]) > 1
    assert all(one.title and (one.so or one.subject) for one in struck)


def test_only_what_lasts_is_announced() -> None:
    """Motion makes no time shorter that the trade allows: what is over before is not told of, and mornings are not played."""
    silent = stream.stream(START, 4 * HOUR, 60, 60, seed=3, faults=chosen("F19=0.5"))
    expected = [one for one in silent.stage.expected if one.fault]
    for speed in (60, 2):
        lasting = {one.so for one in expected if one.until is None or one.until - one.since >= speed * HOUR / 2}
        assert {one.so for one in replace(silent, speed=speed).struck()} == lasting
    assert len(list(silent.struck())) < len(expected)
    assert stream.playable(chosen("F24,F33,F36")) == ()
    assert [one.id for one in stream.playable(chosen("F06,F24"))] == ["F06"]


def test_two_streams_share_no_number(quick: stream.Stream) -> None:
    """One that begins when another has ended has other numbers, and neither has those of a served world."""
    later = stream.stream(quick.end, HOUR, 10, 60, offset=stream.numbers(quick.end))
    mine, others = ({order.number for order in one.stage.orders} for one in (quick, later))
    assert mine.isdisjoint(others)
    assert {fact.number for fact in quick.stage.facts}.isdisjoint(fact.number for fact in later.stage.facts)
    assert min(int(number.removeprefix("SO-")) for number in mine) > 450_000 + 400_000


def test_trouble_can_be_rarer() -> None:
    """Before a moment faults strike a share of the orders, from then on as many as ever."""
    until = START + 4 * DAY
    stage = played(240, START, START + 8 * DAY, 2, FAULTS, calm=(until, 0.1))
    before, after = ([bool(o.fault) for o in stage.orders if (o.placed < until) == early] for early in (True, False))
    assert sum(before) / len(before) < 0.15
    assert sum(after) / len(after) > 0.3
    assert (a_minute("5/min"), a_minute("30/h")) == (5, 0.5)


def test_webhooks_are_signed_as_their_vendors_sign(tmp_path: Path) -> None:
    """The installation of the world takes what its senders sign, and nothing that another secret has signed."""
    settings = load(folder.configured(tmp_path, tmp_path / "data"))
    known, now = folder.secrets_in(tmp_path), clock.wall()
    assert set(known) == set(SIGNERS)
    for code, sign in SIGNERS.items():
        door = hook(settings.sources[code])
        assert door
        for secret, good in ((known[code], True), ("another", False)):
            headers = sign(secret, b'{"a": 1}', int(now.timestamp()), "msg_1")
            assert (door.fault(headers, {}, b'{"a": 1}', (known[code],), now) == "") == good, code


@pytest.fixture
def heard(tmp_path: Path) -> Iterator[tuple[Systems, list[httpx.Request]]]:
    """Systems of a made installation before a server that is busy at the first request."""
    folder.configured(tmp_path / folder.INSTALLED, tmp_path)
    (tmp_path / "inbox" / "3pl.north").mkdir(parents=True)
    taken: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        taken.append(request)
        return httpx.Response(503 if len(taken) == 1 else 200, headers={"retry-after": "0"})

    systems = Systems("http://here", tmp_path, lambda seconds: False)
    systems._client = httpx.Client(base_url="http://here", transport=httpx.MockTransport(answer))
    yield systems, taken
    systems.close()


def test_each_system_takes_its_own_way(heard: tuple[Systems, list[httpx.Request]], tmp_path: Path) -> None:
    """Events in a batch of CloudEvents, a webhook with its signature, tables as whole files in the inbox; busy is no no."""
    systems, taken = heard
    bundle = folder.Bundle("erp.cloud", START, ".jsonl", b'{"id":1}\n{"id":2}\n')
    systems.send(bundle)
    assert [request.url.path for request in taken] == ["/api/v1/events"] * 2
    assert taken[-1].content == b'[{"id":1},{"id":2}]'
    systems.send(replace(bundle, source="ecom.web", body=b'#headers {"x-shopify-topic": "orders/create"}\n{"id":1}\n'))
    assert {"x-shopify-topic", "x-shopify-hmac-sha256"} <= set(taken[-1].headers)
    systems.send(replace(bundle, source="3pl.north", suffix=".csv", body=b"a\n1\n"))
    (file,) = (tmp_path / "inbox" / "3pl.north").iterdir()
    assert (file.suffix, file.read_bytes(), len(taken)) == (".csv", b"a\n1\n", 3)
