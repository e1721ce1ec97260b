"""Real brokers as the tests need them: a place of their own, sending to it, and what is left there unacknowledged."""

import asyncio
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Protocol

import nats
import pika
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.feeds.services import PORTS, need


class Broker(Protocol):
    """A queue, stream or topic."""

    def pull(self, port: int = 0) -> dict[str, Any]:
        """What is declared for it; `port` leads there in another way."""
        ...

    def send(self, bodies: Sequence[bytes], headers: Mapping[str, str] = {}) -> None:
        """Put messages in."""
        ...

    def left(self) -> int:
        """How many messages were not acknowledged yet."""
        ...

    def drop(self) -> None:
        """Take the place away."""
        ...


class Rabbit:
    """A queue of RabbitMQ."""

    def __init__(self) -> None:
        self.queue = f"orderscope-test-{uuid.uuid4().hex}"
        self._connection = pika.BlockingConnection(
            pika.ConnectionParameters("127.0.0.1", PORTS["RabbitMQ"], heartbeat=0)
        )
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self._channel.queue_declare(self.queue, durable=True)

    def pull(self, port: int = 0) -> dict[str, Any]:
        return {
            "kind": "rabbitmq",
            "host": "127.0.0.1",
            "port": port or PORTS["RabbitMQ"],
            "queue": self.queue,
            "batch": 20,
        }

    def send(self, bodies: Sequence[bytes], headers: Mapping[str, str] = {}) -> None:
        told = {name.replace("ce-", "cloudEvents:"): v for name, v in headers.items() if name.startswith("ce-")}
        about = pika.BasicProperties(
            delivery_mode=2, headers=told, content_type=headers.get("content-type"),
            content_encoding=headers.get("content-encoding"),
        )  # fmt: skip
        for body in bodies:
            self._channel.basic_publish("", self.queue, body, about, mandatory=True)

    def left(self) -> int:
        return int(self._channel.queue_declare(self.queue, passive=True).method.message_count)

    def drop(self) -> None:
        self._channel.queue_delete(self.queue)

    def close(self) -> None:
        self._connection.close()


class Jet:
    """A stream of NATS JetStream."""

    def __init__(self) -> None:
        self.name = f"orderscope-test-{uuid.uuid4().hex}"
        self._runner = asyncio.Runner()
        self._connection = self._wait(nats.connect(f"nats://127.0.0.1:{PORTS['NATS']}"))
        self._stream = self._connection.jetstream()
        self._wait(self._stream.add_stream(name=self.name, subjects=[f"{self.name}.>"], storage="memory"))

    def _wait(self, coming: Any) -> Any:
        return self._runner.run(coming)

    def pull(self, port: int = 0) -> dict[str, Any]:
        servers = [f"nats://127.0.0.1:{port or PORTS['NATS']}"]
        return {"kind": "nats", "servers": servers, "stream": self.name, "durable": "orderscope", "batch": 20}

    def send(self, bodies: Sequence[bytes], headers: Mapping[str, str] = {}) -> None:
        for body in bodies:
            self._wait(self._stream.publish(f"{self.name}.orders", body, headers=dict(headers) or None))

    def left(self) -> int:
        told = self._wait(self._stream.consumer_info(self.name, "orderscope"))
        return int(told.num_pending + told.num_ack_pending)

    def drop(self) -> None:
        self._wait(self._stream.delete_stream(self.name))

    def close(self) -> None:
        self._wait(self._connection.close())
        self._runner.close()


class Mock:
    """A topic of three partitions in the cluster that librdkafka itself brings for tests."""

    def __init__(self) -> None:
        self._producer = Producer({"test.mock.num.brokers": 1, "log_level": 0, "bootstrap.servers": "mock"})
        [broker] = self._producer.list_topics(timeout=10).brokers.values()
        self.servers = f"{broker.host}:{broker.port}"
        self.topic = f"orders-{uuid.uuid4().hex[:8]}"

    def pull(self, port: int = 0) -> dict[str, Any]:
        servers = f"127.0.0.1:{port}" if port else self.servers
        options = {"session.timeout.ms": "6000", "heartbeat.interval.ms": "500", "log_level": "0"}
        return {
            "kind": "kafka", "servers": servers, "topics": [self.topic], "group": "orderscope", "batch": 20,
            "options": options,
        }  # fmt: skip

    def send(self, bodies: Sequence[bytes], headers: Mapping[str, str] = {}) -> None:
        told = [(name.replace("ce-", "ce_"), value.encode()) for name, value in headers.items()]
        for at, body in enumerate(bodies):
            self._producer.produce(self.topic, body, key=str(at), headers=told)
        assert self._producer.flush(10) == 0

    def left(self) -> int:
        reader = Consumer({"bootstrap.servers": self.servers, "group.id": "orderscope", "log_level": 0})
        try:
            parts = [
                TopicPartition(self.topic, at)
                for at in reader.list_topics(self.topic, 10).topics[self.topic].partitions
            ]
            ends = [reader.get_watermark_offsets(part, 10)[1] for part in parts]
            done = [max(one.offset, 0) for one in reader.committed(parts, 10)]
            return sum(ends) - sum(done)
        finally:
            reader.close()

    def drop(self) -> None:
        for done in AdminClient({"bootstrap.servers": self.servers}).delete_topics([self.topic]).values():
            done.result(10)

    def close(self) -> None:
        self._producer.flush(1)


KINDS: dict[str, Callable[[], Any]] = {"RabbitMQ": Rabbit, "NATS": Jet, "Kafka": Mock}


@contextmanager
def standing(kind: str) -> Iterator[Any]:
    """A place of its own in a broker, taken away at the end."""
    if kind in PORTS:
        need(kind)
    made = KINDS[kind]()
    try:
        yield made
    finally:
        if kind != "Kafka":
            made.drop()
        made.close()
