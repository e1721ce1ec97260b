"""What the gateway says of its calls: histograms of how long they took, as OTLP writes them in JSON."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from app.demo.world.calls import BOUNDS
from app.demo.world.order import Fact
from app.demo.world.wires import spans
from app.demo.world.wires.sent import Sent, line

_NANOS = 1_000_000_000


def messages(facts: Iterable[Fact]) -> Iterator[Sent]:
    """One export for each quarter of an hour."""
    for fact in facts:
        metric = {"name": "http.client.request.duration", "unit": "s", "histogram": {
            "aggregationTemporality": 1, "dataPoints": [_point(fact)],
        }}  # fmt: skip
        of = {"attributes": [_said("service.name", "gateway")]}
        scope = {"scope": {"name": "orderscope.demo"}, "metrics": [metric]}
        made = line(fact, {"resourceMetrics": [{"resource": of, "scopeMetrics": [scope]}]}, ".metrics.jsonl")
        yield replace(made, source=spans.SOURCE)


def _point(fact: Fact) -> dict[str, Any]:
    counts = fact.data["counts"]
    middles = [low + (high - low) / 2 for low, high in zip((0.0, *BOUNDS), (*BOUNDS, 5.0), strict=True)]
    return {
        "attributes": [_said("http.request.method", "POST"), _said("peer.service", fact.data["partner"])],
        "startTimeUnixNano": f"{fact.data['since'] * _NANOS}", "timeUnixNano": f"{fact.at * _NANOS}",
        "count": f"{sum(counts)}", "sum": round(sum(n * at for n, at in zip(counts, middles, strict=True)), 3),
        "bucketCounts": [f"{n}" for n in counts], "explicitBounds": list(BOUNDS),
    }  # fmt: skip


def _said(name: str, value: str) -> dict[str, Any]:
    return {"key": name, "value": {"stringValue": value}}
