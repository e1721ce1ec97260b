"""OTLP over HTTP and gRPC, in protobuf and JSON, and from files: traces, logs, metrics."""

from typing import Any

from app.contracts import Collector, Door
from collectors.otlp import receiver
from collectors.otlp.translate import split, translate
from collectors.otlp.unread import unread


def _routes(door: Door) -> list[Any]:
    return receiver.routes(door, COLLECTOR)


COLLECTOR = Collector(
    name="otlp",
    suffixes=(".json", ".jsonl", ".ndjson"),
    translate=translate,
    split=split,
    routes=_routes,
    media="application/json",
    unread=unread,
)
