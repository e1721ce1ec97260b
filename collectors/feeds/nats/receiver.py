"""Consumes a stream of JetStream: messages are acknowledged when they are on disk, and come again when they are not.

The client is asynchronous; it runs in a loop of the feed's own thread, and only while the feed waits for it.
"""

import asyncio
from collections.abc import Generator
from contextlib import suppress
from typing import Any

from app.contracts import Batch, Errand, Fetched
from app.errors import OrderscopeError
from app.pulls import NatsPull
from collectors.feeds.headers import as_http
from collectors.feeds.nats.config import connected, subscribed

_IDLE_SECONDS = 1.0


def fetch(errand: Errand) -> Generator[Batch]:
    """What the durable consumer has not acknowledged yet, until the line is stopped."""
    pull: NatsPull = errand.pull
    taken: list[Any] = []
    with asyncio.Runner() as runner:
        connection = runner.run(connected(pull))
        try:
            inbox = runner.run(subscribed(connection, pull))
            while not errand.stop.is_set():
                taken = runner.run(_taken(connection, inbox, pull.batch))
                yield Batch([_message(one) for one in taken], position=_position(taken))
                runner.run(_answered(connection, taken, "ack"))
                taken = []
        finally:
            with suppress(Exception):  # the line may be the very thing that broke
                runner.run(_answered(connection, taken, "nak"))
            runner.run(connection.close())


async def _taken(connection: Any, inbox: Any, batch: int) -> list[Any]:
    """What is there now, or comes within a second. Raises when the line or the consumer is gone."""
    try:
        return list(await inbox.fetch(batch, timeout=_IDLE_SECONDS))
    except TimeoutError:
        if not connection.is_connected:
            raise OrderscopeError("The line to NATS was cut.") from None
        await inbox.consumer_info()
        return []


async def _answered(connection: Any, taken: list[Any], word: str) -> None:
    """Say of each message that it is on disk (`ack`), or that it must come again at once (`nak`)."""
    for one in taken:
        await getattr(one, word)()
    if taken:
        await connection.flush()


def _position(taken: list[Any]) -> dict[str, Any] | None:
    """The number in the stream that was reached, for people; the server keeps the place itself."""
    return {"sequence": max(one.metadata.sequence.stream for one in taken)} if taken else None


def _message(one: Any) -> Fetched:
    return Fetched(one.data, as_http((one.headers or {}).items()))
