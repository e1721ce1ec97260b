"""Consumes topics: offsets are committed when the messages before them are on disk."""

from collections.abc import Generator, Sequence
from contextlib import closing
from typing import Any

from app.contracts import Batch, Errand, Fetched
from app.errors import OrderscopeError
from app.pulls import KafkaPull
from collectors.feeds.headers import as_http
from collectors.feeds.kafka.config import settings

_IDLE_SECONDS, _MORE_SECONDS = 1.0, 0.02


def fetch(errand: Errand) -> Generator[Batch]:
    """What the group has not committed yet, until the line is stopped."""
    from confluent_kafka import Consumer, TopicPartition

    pull: KafkaPull = errand.pull
    faults: list[Any] = []
    with closing(Consumer(settings(pull) | {"error_cb": faults.append})) as consumer:
        consumer.subscribe(list(pull.topics))
        reached = dict(errand.position)
        while not errand.stop.is_set():
            taken = _taken(consumer, pull.batch)
            _check(faults, taken)
            ends = _ends(taken)
            reached |= {f"{topic}/{partition}": at for (topic, partition), at in ends.items()}
            yield Batch([_message(one) for one in taken], position=reached if taken else None)
            if ends:
                offsets = [TopicPartition(topic, partition, at) for (topic, partition), at in ends.items()]
                consumer.commit(offsets=offsets, asynchronous=False)


def _taken(consumer: Any, batch: int) -> list[Any]:
    """The next message as soon as it comes, and what stands behind it."""
    first = consumer.poll(_IDLE_SECONDS)
    if first is None:
        return []
    return [first, *(consumer.consume(batch - 1, _MORE_SECONDS) if batch > 1 else [])]


def _check(faults: list[Any], taken: Sequence[Any]) -> None:
    """Raise what the client could not mend itself: no broker at all, no such topic, not allowed."""
    from confluent_kafka import KafkaError

    wrong = [one.error() for one in taken if one.error()]
    wrong += [one for one in faults if one.fatal() or one.code() == KafkaError._ALL_BROKERS_DOWN]
    faults.clear()
    if wrong:
        raise OrderscopeError(f"Kafka: {wrong[0].str()[:300]}")


def _ends(taken: Sequence[Any]) -> dict[tuple[str, int], int]:
    """The offset behind the last message of each partition."""
    ends: dict[tuple[str, int], int] = {}
    for one in taken:
        where = (one.topic(), one.partition())
        ends[where] = max(ends.get(where, 0), one.offset() + 1)
    return ends


def _message(one: Any) -> Fetched:
    """A message; one without a value (a tombstone) is empty, and the wire says so."""
    return Fetched(one.value() or b"", as_http(one.headers() or []))
