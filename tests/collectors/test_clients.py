"""Clients that nobody here wrote, over a real socket."""

import gzip
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode

from app.errors import Busy, NotAllowed, TooLarge
from tests.collectors.conftest import Server

PROTOBUF = {"content-type": "application/x-protobuf"}


def _event(**more: Any) -> CloudEvent:
    attributes = {
        "id": "é 1",
        "source": "erp.main",
        "type": "order.created",
        "time": datetime(2026, 11, 24, 9, tzinfo=UTC),
    }
    return CloudEvent({**attributes, "specversion": "1.0", "datacontenttype": "application/json", **more}, _DATA)


_DATA = {"keys": {"so": "4711", "fo": ["4711-1", "4711-2"]}, "customer": "Ärger & Söhne <b>", "amount": "41.00"}


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_the_sdk_exporter_delivers_spans(server: Server, compression: Compression) -> None:
    """OpenTelemetry's own exporter hands over a trace with its keys, status and tree."""
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", compression=compression)
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout", "service.version": "7"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER) as parent:
        parent.set_attributes(
            {"o2c.order.number": "4711", "o2c.event.type": "message.sent", "n": 3, "list": ["a", "b"]}
        )
        with tracer.start_as_current_span("call erp", kind=SpanKind.CLIENT) as child:
            child.set_status(Status(StatusCode.ERROR, "time-out"))
    spans = {row["name"]: row for said in server.door.said for row in said.spans.iter_rows(named=True)}
    assert set(spans) == {"POST /orders", "call erp"}
    assert spans["call erp"]["parent_id"] == spans["POST /orders"]["span_id"]
    assert (spans["call erp"]["status"], spans["call erp"]["message"]) == ("error", "time-out")
    assert spans["POST /orders"]["keys"] == ["so:4711"]
    assert spans["POST /orders"]["source"] == "mw.checkout"
    events = [row for said in server.door.said for row in said.events.iter_rows(named=True)]
    assert [event["type"] for event in events] == ["message.sent"]


def test_the_exporter_hears_that_a_server_refuses(server: Server) -> None:
    """A refusal reaches the exporter as a failure and does not hang it."""
    server.door.failing = NotAllowed("no", "ask")
    provider = TracerProvider()
    with provider.get_tracer("t").start_as_current_span("x") as span:
        pass
    exporter = OTLPSpanExporter(f"{server.url}/v1/traces", timeout=2)
    assert exporter.export([span]) is SpanExportResult.FAILURE  # type: ignore[list-item]


@pytest.mark.parametrize("form", [to_binary_event, to_structured_event])
def test_the_cloudevents_package_delivers(server: Server, form: Any) -> None:
    """Both modes of the `cloudevents` package say the same, odd letters in id and data included."""
    traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    sent = form(_event(traceparent=traceparent, correlationid="c-1"))
    answer = httpx.post(f"{server.url}/api/v1/events", headers=sent.headers, content=sent.body)
    assert (answer.status_code, answer.json()) == (200, {"accepted": 1, "duplicates": 0, "rejected": []})
    said = server.door.said[0]
    event = said.events.row(0, named=True)
    assert (event["native_id"], event["type"], event["customer"]) == ("é 1", "order.created", "Ärger & Söhne <b>")
    assert (event["occurred_at"], event["tz_basis"]) == (datetime(2026, 11, 24, 9), "explicit")
    assert event["trace_id"] == "4bf92f3577b34da6a3ce929d0e0e4736"
    named = {(kind, value) for _, kind, value, _ in said.mentions.iter_rows()}
    assert {("so", "4711"), ("fo", "4711-1"), ("fo", "4711-2"), ("corr", "c-1")} <= named


def test_what_is_kept_of_binary_mode_can_be_read_again(server: Server) -> None:
    """The message kept of a binary request holds its envelope too, so that a replay needs no headers."""
    sent = to_binary_event(_event())
    httpx.post(f"{server.url}/api/v1/events", headers=sent.headers, content=sent.body)
    assert b'"source":"erp.main"' in server.door.messages[0].body


def test_a_batch_tells_each_refusal(server: Server) -> None:
    """One bad item of three is named by its index; the message as a whole succeeds."""
    good = '{"specversion":"1.0","id":"%s","source":"erp.main","type":"order.created"}'
    body = f"[{good % 'a'},{{}},{good % 'b'}]"
    answer = httpx.post(
        f"{server.url}/api/v1/events", content=body, headers={"content-type": "application/cloudevents-batch+json"}
    )
    assert (answer.status_code, answer.json()["accepted"]) == (200, 2)
    assert answer.json()["rejected"] == [{"index": 1, "id": "", "reason": "bad_envelope", "dead_letter": "dl_1"}]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"<html>"])
def test_an_unreadable_message_is_a_bad_request(server: Server, body: bytes) -> None:
    """What cannot be read at all is answered with 400, and kept."""
    answer = httpx.post(f"{server.url}/api/v1/events", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["accepted"]) == (400, 0)
    assert answer.json()["rejected"][0]["dead_letter"] == "dl_-1"


def test_a_truncated_protobuf_is_a_bad_request(server: Server) -> None:
    """Half a message gets a google.rpc.Status in protobuf, with the code for an invalid argument."""
    body = b"\x0a\xff\x01half"
    answer = httpx.post(f"{server.url}/v1/traces", content=body, headers=PROTOBUF)
    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/x-protobuf"
    assert answer.content[:3] == b"\x08\x03\x12"
    assert len(server.door.said[0].rejections) == 1


def test_refused_spans_are_counted_in_the_answer(server: Server) -> None:
    """A span without a trace id is a partial success, in JSON and in protobuf."""
    body = {"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "0" * 32, "spanId": "1" * 16}]}]}]}
    answer = httpx.post(f"{server.url}/v1/traces", json=body)
    assert answer.json()["partialSuccess"]["rejectedSpans"] == "1"
    assert "bad_trace_id" in answer.json()["partialSuccess"]["errorMessage"]
    empty = httpx.post(f"{server.url}/v1/traces", content=b"", headers=PROTOBUF)
    assert ExportTraceServiceResponse.FromString(empty.content) == ExportTraceServiceResponse()


def test_what_is_not_stored_is_counted_in_the_answer(server: Server) -> None:
    """Log records that are no events, and metrics of no interface: the answer says how many, and makes no dead letter."""
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add().body.string_value = "hello"
    packed = {**PROTOBUF, "content-encoding": "gzip"}
    logs = httpx.post(f"{server.url}/v1/logs", content=gzip.compress(request.SerializeToString()), headers=packed)
    told = ExportLogsServiceResponse.FromString(logs.content).partial_success
    assert (told.rejected_log_records, told.error_message) == (1, "Not stored: 1 log records without an event type.")
    body = {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"name": "m", "gauge": {"dataPoints": [{}, {}]}}]}]}]}
    metrics = httpx.post(f"{server.url}/v1/metrics", json=body)
    assert metrics.json()["partialSuccess"]["rejectedDataPoints"] == "2"
    none = httpx.post(f"{server.url}/v1/metrics", content=b"", headers=PROTOBUF)
    assert ExportMetricsServiceResponse.FromString(none.content).partial_success.rejected_data_points == 0
    assert all(said.events.is_empty() and not said.rejections for said in server.door.said)


def test_a_busy_server_says_when_to_come_back(server: Server) -> None:
    """Overload is retryable, with the time to wait."""
    server.door.failing = Busy("Full.")
    answer = httpx.post(f"{server.url}/v1/traces", content=b"", headers=PROTOBUF)
    assert (answer.status_code, answer.headers["retry-after"], answer.content[:2]) == (429, "1", b"\x08\x08")


def test_a_bomb_is_too_large(server: Server) -> None:
    """Packed zeros end at the limit, with the status for that, and a JSON sender reads JSON."""
    bomb = gzip.compress(bytes(32 * 2**20)) * 4
    answer = httpx.post(
        f"{server.url}/v1/traces",
        content=bomb,
        headers={"content-type": "application/json", "content-encoding": "gzip"},
    )
    assert (answer.status_code, answer.json()["code"]) == (TooLarge.status, 8)


def test_another_content_type_is_refused(server: Server) -> None:
    """OTLP has two encodings."""
    answer = httpx.post(f"{server.url}/v1/traces", content=b"x", headers={"content-type": "text/plain"})
    assert answer.status_code == 415
    assert not server.door.said
