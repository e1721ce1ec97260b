"""OTLP in JSON: ids in hex (base64 is tolerated), whole numbers as text, enumerations by number or by name."""

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any

import msgspec

from app.model.event import Rejection
from collectors.otlp.config import RESOURCE_KEPT
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.rows import KINDS, STATUSES, Part, Row
from collectors.otlp.shapes import Happening, LogRequest, MetricRequest, Pair, Request, Span, Value, Whole
from collectors.reading import excerpt, whole

_ENUM = re.compile(r"^(SPAN_KIND|STATUS_CODE)_")
_FAULTS = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)
_FAST = msgspec.json.Decoder(Request[Span])
_RAW = msgspec.json.Decoder(Request[msgspec.Raw])
_SPAN = msgspec.json.Decoder(Span)
_LOGS = msgspec.json.Decoder(LogRequest)
_METRICS = msgspec.json.Decoder(MetricRequest)


def read(body: bytes) -> tuple[list[Part], list[Rejection]]:
    """The spans of a body, one request or one per line, and what could not be read of it."""
    text = body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    if text == b"{}":
        return [], []
    try:
        requests: list[Any] = _FAST.decode_lines(text)
    except _FAULTS:
        requests = list(_apart(text))
    if not requests or (len(requests) == 1 and isinstance(requests[0], Unreadable)):
        return [], [
            whole("malformed" if text else "empty", str(requests[0]) if text else "The message has no content.", body)
        ]
    parts: list[Part] = []
    rejections: list[Rejection] = []
    item = 0
    for request in requests:
        item = _take(request, item, parts, rejections)
    return parts, rejections


def _apart(text: bytes) -> Iterator[Any]:
    """Requests whose spans are still bytes, so that each can be read alone; Unreadable for a line that is none."""
    documents = [text] if _is_document(text) else [line for line in text.split(b"\n") if line.strip()]
    for document in documents:
        try:
            yield _RAW.decode(document)
        except _FAULTS as fault:
            yield Unreadable("nested too deep" if isinstance(fault, RecursionError) else str(fault)[:300])


def _is_document(text: bytes) -> bool:
    """One document over several lines, or something whose first line is nothing whole."""
    try:
        msgspec.json.decode(text.partition(b"\n")[0], type=msgspec.Raw)
    except _FAULTS:
        return True
    return b"\n" not in text


def _take(request: Any, item: int, parts: list[Part], rejections: list[Rejection]) -> int:
    """Add what one request holds; gives the item that comes next."""
    if isinstance(request, Unreadable):
        rejections.append(Rejection(item, "malformed", str(request)))
        return item + 1
    if request.resourceSpans is None and (bytes(request.resourceLogs) or bytes(request.resourceMetrics)):
        rejections.append(Rejection(item, "not_stored", "Logs and metrics are not stored yet."))
        return item + 1
    if request.resourceSpans is None:
        rejections.append(Rejection(item, "not_otlp", "The object has no resourceSpans."))
        return item + 1
    for written in request.resourceSpans:
        described = attributes(written.resource.attributes) if written.resource else {}
        kept = {name: described[name] for name in RESOURCE_KEPT & described.keys()}
        spans = [span for scope in written.scopeSpans for span in scope.spans]
        rows, items = _rows(spans, item, rejections)
        parts.append(Part(str(described.get("service.name") or ""), kept, rows, items))
        item += len(spans)
    return item


def _rows(spans: list[Any], item: int, rejections: list[Rejection]) -> tuple[list[Row], list[int]]:
    try:
        return [_row(span) for span in spans], list(range(item, item + len(spans)))
    except (*_FAULTS, AttributeError):
        pass
    rows, items = [], []
    for at, span in enumerate(spans, item):
        try:
            rows.append(_row(_SPAN.decode(span) if isinstance(span, msgspec.Raw) else span))
            items.append(at)
        except _FAULTS as fault:
            shown = excerpt(bytes(span)) if isinstance(span, msgspec.Raw) else span.spanId[:32]
            rejections.append(Rejection(at, "bad_span", str(fault)[:300], excerpt=shown))
    return rows, items


def _row(span: Span) -> Row:
    status = span.status
    return Row(
        _hex(span.traceId),
        _hex(span.spanId),
        _hex(span.parentSpanId or ""),
        span.name,
        _number(span.kind, KINDS),
        int(span.startTimeUnixNano),
        int(span.endTimeUnixNano),
        _number(status.code, STATUSES) if status else 0,
        status.message if status else "",
        attributes(span.attributes) if span.attributes else {},
        [f"{_hex(link.traceId)}:{_hex(link.spanId)}" for link in span.links] if span.links else [],
        [_happening(event) for event in span.events] if span.events else [],
    )


def _hex(text: str) -> str:
    """An id as lower-case hex. 32 or 16 hex digits, or 24 or 12 characters of base64; "" stays."""
    if len(text) in (24, 12):
        try:
            return base64.b64decode(text, validate=True).hex()
        except binascii.Error:
            return text
    return text.lower()


def _number(given: Whole | None, names: tuple[str, ...]) -> int:
    """An enumeration as its number, which may be written as a name such as `SPAN_KIND_SERVER`."""
    if given.__class__ is int:
        return int(given)
    text = str(given or 0)
    short = _ENUM.sub("", text).lower().replace("unspecified", "").replace("unset", "")
    return int(text) if text.isdecimal() else names.index(short) if short in names else 0


def _happening(event: Happening) -> dict[str, Any]:
    return {"name": event.name, "time_ns": int(event.timeUnixNano), **attributes(event.attributes)}


def attributes(pairs: list[Pair]) -> dict[str, Any]:
    """Attributes as a mapping."""
    return {pair.key: (pair.value.stringValue or _value(pair.value)) if pair.value else None for pair in pairs}


def _value(value: Value) -> Any:
    if value.intValue is not None:
        return int(value.intValue)
    if value.arrayValue is not None:
        return [_value(one) if one.stringValue is None else one.stringValue for one in value.arrayValue.values]
    if value.kvlistValue is not None:
        return attributes(value.kvlistValue.values)
    plain = (value.stringValue, value.boolValue, value.doubleValue, value.bytesValue)
    return next((one for one in plain if one is not None), None)


def log_records(body: bytes) -> int:
    """How many log records a request holds. Raises Unreadable."""
    try:
        request = _LOGS.decode(body)
    except _FAULTS as fault:
        raise Unreadable(f"Not an OTLP request of logs in JSON: {str(fault)[:300]}") from None
    return sum(len(scope.logRecords) for resource in request.resourceLogs for scope in resource.scopeLogs)


def data_points(body: bytes) -> int:
    """How many data points a request of metrics holds. Raises Unreadable."""
    try:
        request = _METRICS.decode(body)
    except _FAULTS as fault:
        raise Unreadable(f"Not an OTLP request of metrics in JSON: {str(fault)[:300]}") from None
    metrics = (one for resource in request.resourceMetrics for scope in resource.scopeMetrics for one in scope.metrics)
    kinds = ("gauge", "sum", "histogram", "exponentialHistogram", "summary")
    return sum(len(points.dataPoints) for one in metrics for kind in kinds if (points := getattr(one, kind)))
