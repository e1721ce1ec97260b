"""CloudEvents 1.0 over HTTP and from files: the product's own wire."""

from typing import Any

from app.contracts import Collector, Door
from collectors.cloudevents import receiver
from collectors.cloudevents.binary import pack
from collectors.cloudevents.translate import split, translate


def _routes(door: Door) -> list[Any]:
    return receiver.routes(door, COLLECTOR)


COLLECTOR = Collector(
    name="cloudevents",
    suffixes=(".json", ".jsonl", ".ndjson"),
    translate=translate,
    split=split,
    routes=_routes,
    media="application/cloudevents+json",
    pack=pack,
)
