"""Messages of real brokers: acknowledged only when they are on disk, stored once however often they come."""

import gzip
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import pytest

from app.contracts import Receipt
from app.errors import Busy
from app.main.line import Line
from app.model.event import Message, Translation
from tests.feeds.brokers import KINDS, Broker, standing
from tests.feeds.conftest import Opened
from tests.feeds.depot import Breaking, Depot, event, until
from tests.feeds.proxy import Proxy
from tests.feeds.services import PORTS


@pytest.fixture(params=list(KINDS))
def broker(request: pytest.FixtureRequest) -> Iterator[Any]:
    """An empty place in each broker."""
    with standing(request.param) as made:
        yield made


@contextmanager
def working(line: Line) -> Iterator[Line]:
    """A line at work, stopped at the end."""
    line.start()
    try:
        yield line
    finally:
        line.halt()
        line.join(20)


def names(count: int, start: int = 0) -> list[str]:
    """Ids that sort."""
    return [f"e{n:04}" for n in range(start, start + count)]


def events(*ids: str) -> list[bytes]:
    """One message for each id."""
    return [event(id) for id in ids]


def taken(depot: Depot, count: int) -> None:
    """Wait until so many events are stored."""
    until(lambda: len(depot.ids()) >= count)


def test_what_is_sent_is_stored_and_acknowledged(broker: Broker, depot: Opened) -> None:
    """More messages than a batch, among them one that nobody can read: it is a dead letter, and the others go on.

    A foreign source's event is refused, a packed body unpacked, and an event in headers (binary mode) read.
    """
    place = depot("cloudevents", broker.pull())
    broker.send([*events(*names(30)), b"no json at all", *events(*names(20, 30)), event("x", "crm")])
    broker.send([gzip.compress(event("packed"))], {"content-encoding": "gzip"})
    headers = {"ce-specversion": "1.0", "ce-id": "binary", "ce-source": "erp", "ce-type": "order.created"}
    broker.send([b'{"keys": {"so": "SO-B"}}'], headers | {"content-type": "application/json"})
    with working(place.line()) as line:
        taken(place, 52)
        until(lambda: broker.left() == 0)
    assert place.ids() == ["binary", *names(50), "packed"]
    assert place.letters() == ["malformed", "source_not_allowed"]
    standing = line.keeper.standing
    assert (standing.accepted, standing.rejected, standing.failing, standing.last_error) == (52, 2, False, "")
    assert standing.last_success_at


def test_a_power_cut_between_commit_and_acknowledgement(broker: Broker, depot: Opened) -> None:
    """What was stored and not acknowledged comes again, and is dropped; nothing is lost and nothing is there twice."""
    place = depot("cloudevents", broker.pull())
    broker.send(events(*names(60)))
    assert not place.line(Breaking(place.intake, after=25)).run()
    assert 20 < len(place.ids()) < 60
    with working(place.line()) as line:
        taken(place, 60)
        until(lambda: broker.left() == 0)
    assert place.ids() == names(60)
    assert line.keeper.standing.duplicates > 0


class Full:
    """A sink that is busy for a while."""

    def __init__(self, sink: Any, times: int) -> None:
        self._sink, self.times = sink, times

    def put(self, message: Message, said: Translation) -> "Future[Receipt]":
        """Refuse so often, then store."""
        if self.times:
            self.times -= 1
            busy = Busy("full")
            busy.retry_after = 0
            raise busy
        answer: Future[Receipt] = self._sink.put(message, said)
        return answer


def test_a_full_queue_is_waited_for(broker: Broker, depot: Opened) -> None:
    """While the store is busy messages wait at the broker, and none is lost; a line can be stopped meanwhile."""
    place = depot("cloudevents", broker.pull())
    broker.send(events(*names(5)))
    sink = Full(place.intake, 10**9)
    with working(place.line(sink)):
        until(lambda: sink.times < 10**9 - 100)
        assert place.ids() == []
        sink.times = 0
        taken(place, 5)
        sink.times = 10**9
        broker.send(events("last"))
        until(lambda: sink.times < 10**9)
    assert not [one for one in threading.enumerate() if one.name == "feed erp"]
    with working(place.line()):
        taken(place, 6)
        until(lambda: broker.left() == 0)
    assert place.ids() == [*names(5), "last"]


def test_no_broker_is_said_in_plain_words(broker: Broker, depot: Opened) -> None:
    """Where nobody listens the line says so, and goes on trying."""
    proxy = Proxy(1)
    proxy.close()
    line = depot("cloudevents", broker.pull(proxy.port)).line()
    assert not line.run()
    assert str(proxy.port) in line.keeper.standing.last_error or "brokers are down" in line.keeper.standing.last_error
    assert line.keeper.standing.failing


@pytest.mark.parametrize("kind", ["RabbitMQ", "NATS"])
def test_a_line_that_was_cut_is_made_again(kind: str, depot: Opened) -> None:
    """The connection breaks in the midst of work: the feed comes back by itself and nothing is lost."""
    with standing(kind) as broker:
        proxy = Proxy(PORTS[kind])
        place = depot("cloudevents", broker.pull(proxy.port))
        with working(place.line()) as line:
            broker.send(events(*names(3)))
            taken(place, 3)
            proxy.cut()
            until(lambda: line.keeper.standing.failing)
            broker.send(events(*names(3, 3)))
            proxy.mend()
            taken(place, 6)
            until(lambda: not line.keeper.standing.failing)
            assert line.keeper.standing.last_error, "what went wrong stays to be read"
        proxy.close()
        assert place.ids() == names(6)


def test_what_is_not_there_is_said(depot: Opened) -> None:
    """A queue or stream that does not exist, or goes away, is an error in words and never silence."""
    for kind, words in (("RabbitMQ", "no queue"), ("NATS", "not found")):
        with standing(kind) as broker:
            pull = broker.pull()
            missing = {name: "nowhere" for name in ("queue", "stream") if name in pull}
            line = depot("cloudevents", pull | missing).line()
            assert not line.run()
            assert words in line.keeper.standing.last_error, kind
