"""Log records and metrics in JSON: each record and each data point is read alone, so that a wrong one costs no other."""

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from app.model.event import Rejection
from collectors.otlp.config import RESOURCE_KEPT
from collectors.otlp.json_values import FAULTS, attributes, broken, enumerated, hex_id, value
from collectors.otlp.rows import Found, LogRow, PointRow, spread
from collectors.otlp.shapes import LogResource, Metric, MetricResource, Point, Points, Record, Resource
from collectors.reading import excerpt

_LOGS = msgspec.json.Decoder(list[LogResource])
_METRICS = msgspec.json.Decoder(list[MetricResource])
_RECORD, _POINT = msgspec.json.Decoder(Record), msgspec.json.Decoder(Point)
_TEMPORALITIES = ("", "delta", "cumulative")


def take_logs(raw: msgspec.Raw, found: Found) -> None:
    """Add the log records of `resourceLogs`. Raises one of FAULTS when it is no such list."""
    for resource in _LOGS.decode(raw):
        records = [record for scope in resource.scopeLogs for record in scope.logRecords]
        rows, items = _each(found, "bad_record", ((record, _log_row) for record in records))
        found.logs.append(found.part(_described(resource.resource), rows, items, RESOURCE_KEPT))


def take_points(raw: msgspec.Raw, found: Found) -> None:
    """Add the data points of `resourceMetrics`. Raises one of FAULTS when it is no such list."""
    for resource in _METRICS.decode(raw):
        metrics = [metric for scope in resource.scopeMetrics for metric in scope.metrics]
        rows, items = _each(found, "bad_point", (one for metric in metrics for one in _points(metric)))
        found.points.append(found.part(_described(resource.resource), rows, items, RESOURCE_KEPT))


def _described(resource: Resource | None) -> dict[str, Any]:
    return attributes(resource.attributes) if resource else {}


def _each(
    found: Found, reason: str, given: Iterator[tuple[msgspec.Raw, Callable[[msgspec.Raw], Any]]]
) -> tuple[list[Any], list[int]]:
    """The rows that can be read, and their items; the others are rejections."""
    rows, items = [], []
    for raw, reader in given:
        try:
            rows.append(reader(raw))
            items.append(found.item)
        except FAULTS as fault:
            found.rejections.append(Rejection(found.item, reason, str(fault)[:300], excerpt=excerpt(bytes(raw))))
        found.item += 1
    return rows, items


def _log_row(raw: msgspec.Raw) -> LogRow:
    record = _RECORD.decode(raw)
    return LogRow(
        hex_id(record.traceId or ""),
        hex_id(record.spanId or ""),
        record.eventName or "",
        int(record.timeUnixNano or 0) or int(record.observedTimeUnixNano or 0),
        record.severityText or str(record.severityNumber or ""),
        value(record.body) if record.body else None,
        attributes(record.attributes or []),
    )


def _points(metric: Metric) -> Iterator[tuple[msgspec.Raw, Callable[[msgspec.Raw], PointRow]]]:
    for kind, filled in _KINDS.items():
        data: Points | None = getattr(metric, kind)
        if data is not None:
            delta = enumerated(data.aggregationTemporality, _TEMPORALITIES) == 1
            for raw in data.dataPoints:
                yield raw, _reader(metric, delta, filled)


def _reader(metric: Metric, delta: bool, filled: Callable[[Point], dict[str, Any]]) -> Callable[[msgspec.Raw], PointRow]:  # fmt: skip
    def read(raw: msgspec.Raw) -> PointRow:
        point = _POINT.decode(raw)
        started, at = int(point.startTimeUnixNano or 0), int(point.timeUnixNano or 0)
        said = attributes(point.attributes or [])
        return PointRow(metric.name, metric.unit or "", delta, started, at, said, **filled(point))

    return read


def _number(point: Point) -> dict[str, Any]:
    return {"value": broken(point.asDouble if point.asInt is None else int(point.asInt))}


def _summary(point: Point) -> dict[str, Any]:
    return {"counted": int(point.count or 0), "total": broken(point.sum)}


def _histogram(point: Point) -> dict[str, Any]:
    counts = [int(count) for count in point.bucketCounts or ()]
    return {**_summary(point), "most": broken(point.max), "bounds": point.explicitBounds or [], "buckets": counts}


def _exponential(point: Point) -> dict[str, Any]:
    offset = point.positive.offset if point.positive else 0
    counts = [int(count) for count in point.positive.bucketCounts] if point.positive else []
    bounds, buckets = spread(point.scale, point.zeroThreshold or 0.0, int(point.zeroCount or 0), offset, counts)
    return {**_summary(point), "most": broken(point.max), "bounds": bounds, "buckets": buckets}


_KINDS: dict[str, Callable[[Point], dict[str, Any]]] = {
    "gauge": _number, "sum": _number, "histogram": _histogram, "exponentialHistogram": _exponential, "summary": _summary,
}  # fmt: skip
