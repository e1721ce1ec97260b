"""OTLP in protobuf, read with the official messages (upb): no Python object that is not needed."""

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from collectors.otlp.config import RESOURCE_KEPT
from collectors.otlp.rows import Part, Row, base64_text


class Unreadable(ValueError):
    """The bytes are no such message; the text says why."""


def parts(body: bytes) -> Iterator[Part]:
    """The spans of a request, resource by resource. Raises Unreadable."""
    item = 0
    for resource in _parsed(ExportTraceServiceRequest, body).resource_spans:
        described = attributes(resource.resource.attributes)
        rows = [_row(span) for scope in resource.scope_spans for span in scope.spans]
        kept = {name: described[name] for name in RESOURCE_KEPT & described.keys()}
        yield Part(str(described.get("service.name", "")), kept, rows, list(range(item, item + len(rows))))
        item += len(rows)


def _parsed(kind: Any, body: bytes) -> Any:
    try:
        return kind.FromString(body)
    except (DecodeError, RecursionError) as fault:
        raise Unreadable(f"Not a whole OTLP message in protobuf: {fault}") from None


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


def log_records(body: bytes) -> int:
    """How many log records a request holds. Raises Unreadable."""
    request = _parsed(ExportLogsServiceRequest, body)
    return sum(len(scope.log_records) for resource in request.resource_logs for scope in resource.scope_logs)


def data_points(body: bytes) -> int:
    """How many data points a request of metrics holds. Raises Unreadable."""
    request = _parsed(ExportMetricsServiceRequest, body)
    metrics = (
        one for resource in request.resource_metrics for scope in resource.scope_metrics for one in scope.metrics
    )
    return sum(len(getattr(one, kind).data_points) for one in metrics if (kind := one.WhichOneof("data")))
