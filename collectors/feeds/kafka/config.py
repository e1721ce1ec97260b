"""How Kafka is reached: the settings of librdkafka that the feed depends on, and those that an installation adds."""

from typing import Any

from app.pulls import KafkaPull
from app.secret import secret

LIBRARY, EXTRA = "confluent_kafka", "brokers"


def settings(pull: KafkaPull) -> dict[str, Any]:
    """Offsets are committed by the feed alone; a group that is new begins with the oldest message."""
    account = {"sasl.username": pull.user, "sasl.password": secret(pull.password_from)} if pull.user else {}
    return {
        "client.id": "orderscope", "auto.offset.reset": "earliest", **pull.options, **account,
        "bootstrap.servers": pull.servers, "group.id": pull.group, "enable.auto.commit": False,
    }  # fmt: skip
