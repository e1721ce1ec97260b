"""Consumes a queue: messages are acknowledged when they are on disk, and come again when they are not."""

from collections import deque
from collections.abc import Generator, Iterable
from typing import Any

from app.contracts import Batch, Errand, Fetched
from app.errors import OrderscopeError
from app.pulls import RabbitmqPull
from collectors.feeds.headers import as_http
from collectors.feeds.rabbitmq.config import connected

_IDLE_SECONDS = 1.0


def fetch(errand: Errand) -> Generator[Batch]:
    """What the queue holds, at most `batch` messages unacknowledged at a time, until the line is stopped."""
    pull: RabbitmqPull = errand.pull
    waiting: deque[tuple[int, Fetched]] = deque()
    with connected(pull) as connection:
        channel = connection.channel()
        channel.basic_qos(prefetch_count=pull.batch)
        channel.add_on_cancel_callback(lambda _: waiting.append((0, Fetched(b""))))
        channel.basic_consume(
            pull.queue, lambda _, told, about, body: waiting.append((told.delivery_tag, _message(about, body)))
        )
        while not errand.stop.is_set():
            connection.process_data_events(time_limit=_IDLE_SECONDS)
            taken = list(waiting)
            waiting.clear()
            if any(tag == 0 for tag, _ in taken):
                raise OrderscopeError(f"The queue {pull.queue} is gone.", "Declare it again.")
            yield Batch([message for _, message in taken])
            if taken:
                channel.basic_ack(taken[-1][0], multiple=True)


def _message(about: Any, body: bytes) -> Fetched:
    """A message with its properties as headers."""
    named: Iterable[tuple[str, Any]] = (about.headers or {}).items()
    headers = as_http(named)
    for name, value in (("content-type", about.content_type), ("content-encoding", about.content_encoding)):
        if value:
            headers[name] = value
    return Fetched(body, headers)
