"""OTLP in JSON: one request, or one per line; spans here, the other signals in `json_signals`."""

from collections.abc import Iterator
from typing import Any

import msgspec

from app.model.event import Rejection
from collectors.otlp.config import RESOURCE_KEPT
from collectors.otlp.json_signals import take_logs, take_points
from collectors.otlp.json_values import FAULTS, attributes, enumerated, hex_id
from collectors.otlp.protobuf import Unreadable
from collectors.otlp.rows import KINDS, STATUSES, Found, Row
from collectors.otlp.shapes import Happening, Request, Span
from collectors.reading import excerpt, whole

_FAST = msgspec.json.Decoder(Request[Span])
_RAW = msgspec.json.Decoder(Request[msgspec.Raw])
_SPAN = msgspec.json.Decoder(Span)


def read(body: bytes) -> Found:
    """What a body holds, and what could not be read of it."""
    found = Found()
    text = body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    if text == b"{}":
        return found
    try:
        requests: list[Any] = _FAST.decode_lines(text)
    except FAULTS:
        requests = list(_apart(text))
    if not requests or (len(requests) == 1 and isinstance(requests[0], Unreadable)):
        told = ("malformed", str(requests[0])) if text else ("empty", "The message has no content.")
        return Found(rejections=[whole(*told, body)])
    for request in requests:
        _take(request, found)
    return found


def _apart(text: bytes) -> Iterator[Any]:
    """Requests whose spans are still bytes, so that each can be read alone; Unreadable for a line that is none."""
    documents = [text] if _is_document(text) else [line for line in text.split(b"\n") if line.strip()]
    for document in documents:
        try:
            yield _RAW.decode(document)
        except FAULTS as fault:
            yield Unreadable("nested too deep" if isinstance(fault, RecursionError) else str(fault)[:300])


def _is_document(text: bytes) -> bool:
    """One document over several lines, or something whose first line is nothing whole."""
    try:
        msgspec.json.decode(text.partition(b"\n")[0], type=msgspec.Raw)
    except FAULTS:
        return True
    return b"\n" not in text


def _take(request: Any, found: Found) -> None:
    """Add what one request holds."""
    if isinstance(request, Unreadable):
        _refuse(found, "malformed", str(request))
        return
    others = [(request.resourceLogs, take_logs), (request.resourceMetrics, take_points)]
    others = [(raw, take) for raw, take in others if bytes(raw)]
    if request.resourceSpans is None and not others:
        _refuse(found, "not_otlp", "The object has no resourceSpans, resourceLogs or resourceMetrics.")
    for written in request.resourceSpans or ():
        spans = [span for scope in written.scopeSpans for span in scope.spans]
        described = attributes(written.resource.attributes) if written.resource else {}
        found.spans.append(found.part(described, *_rows(spans, found), RESOURCE_KEPT))
        found.item += len(spans)
    for raw, take in others:
        try:
            take(raw, found)
        except FAULTS as fault:
            _refuse(found, "malformed", str(fault)[:300])


def _refuse(found: Found, reason: str, detail: str) -> None:
    found.rejections.append(Rejection(found.item, reason, detail))
    found.item += 1


def _rows(spans: list[Any], found: Found) -> tuple[list[Row], list[int]]:
    try:
        return [_row(span) for span in spans], list(range(found.item, found.item + len(spans)))
    except (*FAULTS, AttributeError):
        pass
    rows, items = [], []
    for at, span in enumerate(spans, found.item):
        try:
            rows.append(_row(_SPAN.decode(span) if isinstance(span, msgspec.Raw) else span))
            items.append(at)
        except FAULTS as fault:
            shown = excerpt(bytes(span)) if isinstance(span, msgspec.Raw) else span.spanId[:32]
            found.rejections.append(Rejection(at, "bad_span", str(fault)[:300], excerpt=shown))
    return rows, items


def _row(span: Span) -> Row:
    status = span.status
    return Row(
        hex_id(span.traceId),
        hex_id(span.spanId),
        hex_id(span.parentSpanId or ""),
        span.name,
        enumerated(span.kind, KINDS),
        int(span.startTimeUnixNano),
        int(span.endTimeUnixNano),
        enumerated(status.code, STATUSES) if status else 0,
        status.message if status else "",
        attributes(span.attributes) if span.attributes else {},
        [f"{hex_id(link.traceId)}:{hex_id(link.spanId)}" for link in span.links] if span.links else [],
        [_happening(event) for event in span.events] if span.events else [],
    )


def _happening(event: Happening) -> dict[str, Any]:
    return {"name": event.name, "time_ns": int(event.timeUnixNano), **attributes(event.attributes)}
