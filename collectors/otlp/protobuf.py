"""OTLP in protobuf, read with the official messages (upb): no Python object that is not needed."""

from collections.abc import Callable, Iterable
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors.otlp.config import RESOURCE_KEPT
from collectors.otlp.rows import Found, LogRow, PointRow, Row, base64_text, spread

DELTA = 1


class Unreadable(ValueError):
    """The bytes are no such message; the text says why."""


def spans(body: bytes) -> Found:
    """The spans of a request. Raises Unreadable."""
    found = Found()
    for resource in _parsed(ExportTraceServiceRequest, body).resource_spans:
        rows = [_row(span) for scope in resource.scope_spans for span in scope.spans]
        found.spans.append(_part(found, resource, rows))
    return found


def logs(body: bytes) -> Found:
    """The log records of a request. Raises Unreadable."""
    found = Found()
    for resource in _parsed(ExportLogsServiceRequest, body).resource_logs:
        rows = [_log_row(record) for scope in resource.scope_logs for record in scope.log_records]
        found.logs.append(_part(found, resource, rows))
    return found


def points(body: bytes) -> Found:
    """The data points of a request of metrics. Raises Unreadable."""
    found = Found()
    for resource in _parsed(ExportMetricsServiceRequest, body).resource_metrics:
        metrics = (one for scope in resource.scope_metrics for one in scope.metrics)
        rows = [row for metric in metrics for row in _point_rows(metric)]
        found.points.append(_part(found, resource, rows))
    return found


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except (DecodeError, RecursionError) as fault:
        raise Unreadable(f"Not a whole OTLP message in protobuf: {fault}") from None


def _part(found: Found, resource: Any, rows: list[Any]) -> Any:
    first = found.item
    found.item += len(rows)
    return found.part(attributes(resource.resource.attributes), rows, list(range(first, found.item)), RESOURCE_KEPT)


def _row(span: Any) -> Row:
    status = span.status
    return Row(
        span.trace_id.hex(),
        span.span_id.hex(),
        span.parent_span_id.hex(),
        span.name,
        span.kind,
        span.start_time_unix_nano,
        span.end_time_unix_nano,
        status.code,
        status.message,
        attributes(span.attributes),
        [f"{link.trace_id.hex()}:{link.span_id.hex()}" for link in span.links],
        [_happening(event) for event in span.events],
    )


def _happening(event: Any) -> dict[str, Any]:
    return {"name": event.name, "time_ns": event.time_unix_nano, **attributes(event.attributes)}


def _log_row(record: Any) -> LogRow:
    return LogRow(
        record.trace_id.hex(),
        record.span_id.hex(),
        record.event_name,
        record.time_unix_nano or record.observed_time_unix_nano,
        record.severity_text or str(record.severity_number or ""),
        _value(record.body),
        attributes(record.attributes),
    )


def _point_rows(metric: Any) -> Iterable[PointRow]:
    kind = metric.WhichOneof("data")
    if kind is None:
        return
    data = getattr(metric, kind)
    delta = getattr(data, "aggregation_temporality", 0) == DELTA
    reader = _POINTS[kind]
    for point in data.data_points:
        start, at = point.start_time_unix_nano, point.time_unix_nano
        yield PointRow(metric.name, metric.unit, delta, start, at, attributes(point.attributes), **reader(point))


def _number(point: Any) -> dict[str, Any]:
    kind = point.WhichOneof("value")
    return {"value": float(getattr(point, kind)) if kind else None}


def _histogram(point: Any) -> dict[str, Any]:
    return {
        **_summary(point), "most": point.max if point.HasField("max") else None,
        "bounds": list(point.explicit_bounds), "buckets": list(point.bucket_counts),
    }  # fmt: skip


def _exponential(point: Any) -> dict[str, Any]:
    positive = point.positive
    bounds, buckets = spread(
        point.scale, point.zero_threshold, point.zero_count, positive.offset, list(positive.bucket_counts)
    )
    return {
        **_summary(point), "most": point.max if point.HasField("max") else None, "bounds": bounds, "buckets": buckets,
    }  # fmt: skip


def _summary(point: Any) -> dict[str, Any]:
    return {"counted": point.count, "total": point.sum}


_POINTS: dict[str, Callable[[Any], dict[str, Any]]] = {
    "gauge": _number, "sum": _number, "summary": _summary, "histogram": _histogram, "exponential_histogram": _exponential,
}  # fmt: skip


def attributes(pairs: Any) -> dict[str, Any]:
    """Attributes as a mapping; most values are texts or numbers, and those need no question which they are."""
    return {pair.key: (one := pair.value).string_value or one.int_value or _value(one) for pair in pairs}


def _value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind is None:
        return None
    given = getattr(value, kind)
    reader = _DEEP.get(kind)
    return reader(given) if reader else given


_DEEP: dict[str, Callable[[Any], Any]] = {
    "bytes_value": base64_text,
    "array_value": lambda given: [_value(one) for one in given.values],
    "kvlist_value": lambda given: attributes(given.values),
}
