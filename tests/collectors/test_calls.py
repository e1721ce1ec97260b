"""OTLP over gRPC: OpenTelemetry's own exporters and hostile callers, over a real socket."""

import gzip
import socket
import sys
import zlib
from typing import Any

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo
from google.rpc.status_pb2 import Status as RpcStatus
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import Link, SpanKind, Status, StatusCode

from app.errors import Busy, NotAllowed
from app.settings import Server as ServerSettings
from collectors.otlp.calls import SERVICES, answering
from collectors.otlp.failure import status_message, text_of
from tests.collectors.conftest import Server
from tests.guarantees.server import free_ports

TRACES, LOGS, METRICS = (f"/{service}/Export" for service in SERVICES)


def call(server: Server, method: str, body: bytes, **more: Any) -> bytes:
    """What a service answers to bytes."""
    with grpc.insecure_channel(server.grpc) as channel:
        answer: bytes = channel.unary_unary(method)(body, timeout=20, **more)
        return answer


def failed(server: Server, body: bytes, **more: Any) -> grpc.RpcError:
    """How the trace service refuses bytes."""
    with pytest.raises(grpc.RpcError) as caught:
        call(server, TRACES, body, **more)
    return caught.value


@pytest.mark.parametrize("compression", [None, grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_the_sdk_exporter_delivers_spans(server: Server, compression: Any) -> None:
    """OpenTelemetry's own exporter hands over a trace with keys, status, tree and links, packed or not."""
    exporter = OTLPSpanExporter(server.grpc, insecure=True, compression=compression)
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("earlier") as earlier:
        pass
    origin = earlier.get_span_context()
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER, links=[Link(origin)]) as parent:
        parent.set_attribute("o2c.order.number", "4711")
        with tracer.start_as_current_span("call erp", kind=SpanKind.CLIENT) as child:
            child.set_status(Status(StatusCode.ERROR, "time-out"))
    provider.shutdown()
    spans = {row["name"]: row for said in server.door.said for row in said.spans.iter_rows(named=True)}
    assert set(spans) == {"earlier", "POST /orders", "call erp"}
    assert spans["call erp"]["parent_id"] == spans["POST /orders"]["span_id"]
    assert (spans["call erp"]["status"], spans["call erp"]["message"]) == ("error", "time-out")
    assert (spans["POST /orders"]["keys"], spans["POST /orders"]["source"]) == (["so:4711"], "mw.checkout")
    assert spans["POST /orders"]["links"] == [f"{origin.trace_id:032x}:{origin.span_id:016x}"]


def test_refused_spans_are_counted_in_the_answer(server: Server) -> None:
    """A span without a trace id is a partial success; an empty request is a success of nothing."""
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(span_id=b"1" * 8, name="x")
    told = ExportTraceServiceResponse.FromString(call(server, TRACES, request.SerializeToString())).partial_success
    assert (told.rejected_spans, "bad_trace_id" in told.error_message) == (1, True)
    assert call(server, TRACES, b"") == b""


def test_half_a_message_is_an_invalid_argument(server: Server) -> None:
    """What is no message is refused for good, with the reason, and kept."""
    fault = failed(server, b"\x0a\xff\x01half")
    assert (fault.code(), "malformed" in fault.details()) == (grpc.StatusCode.INVALID_ARGUMENT, True)
    assert [one.reason for one in server.door.said[0].rejections] == ["malformed"]


def test_a_busy_server_says_when_to_come_back(server: Server) -> None:
    """RESOURCE_EXHAUSTED with a RetryInfo is what makes it retryable; both places where exporters look hold one."""
    server.door.failing = Busy("Full.")
    fault = failed(server, b"")
    assert fault.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    trailing = dict(fault.trailing_metadata())
    status = RpcStatus.FromString(trailing["grpc-status-details-bin"])
    info = RetryInfo()
    assert (status.code, status.message, status.details[0].Unpack(info)) == (8, "Full.", True)
    assert info.retry_delay.seconds == 1
    assert RetryInfo.FromString(trailing["google.rpc.retryinfo-bin"]) == info


def test_the_exporter_tries_again_when_told_to(server: Server) -> None:
    """A busy server is asked again after its second, and then has the span."""
    server.door.failing = Busy("Full.")
    with TracerProvider().get_tracer("t").start_as_current_span("x") as span:
        pass
    served, answered = server.door.__class__.__call__, []

    class Recovering(server.door.__class__):  # type: ignore[name-defined,misc]
        async def __call__(self, *words: Any) -> Any:
            answered.append(self.failing)
            try:
                return await served(self, *words)
            finally:
                self.failing = None

    server.door.__class__ = Recovering
    exporter = OTLPSpanExporter(server.grpc, insecure=True, timeout=10)
    assert exporter.export([span]) is SpanExportResult.SUCCESS  # type: ignore[list-item]
    assert [type(fault) for fault in answered] == [Busy, type(None)]
    assert [len(said.spans) for said in server.door.said] == [1]


def test_a_refusal_is_final(server: Server) -> None:
    """Who may not send hears so, without an invitation to try again."""
    server.door.failing = NotAllowed("Not yours.", "Ask.")
    fault = failed(server, b"")
    assert (fault.code(), fault.details()) == (grpc.StatusCode.PERMISSION_DENIED, "Not yours. Ask.")
    assert "google.rpc.retryinfo-bin" not in dict(fault.trailing_metadata())


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress])
def test_a_bomb_is_too_large(server: Server, pack: Any) -> None:
    """Packed zeros end at the limit, whatever gRPC's own unpacking would do."""
    compression = grpc.Compression.Gzip if pack is gzip.compress else grpc.Compression.Deflate
    fault = failed(server, bytes(8 * 2**20), compression=compression)
    assert (fault.code(), "larger than 1,048,576" in fault.details()) == (grpc.StatusCode.RESOURCE_EXHAUSTED, True)
    assert failed(server, bytes(2 * 2**20)).code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert failed(server, pack(b"x" * 99)[:-4]).code() is grpc.StatusCode.INVALID_ARGUMENT
    assert server.door.said == []


def test_other_methods_are_not_there(server: Server) -> None:
    """A service that nobody offers is unimplemented."""
    with pytest.raises(grpc.RpcError) as caught:
        call(server, "/acme.Orders/Delete", b"")
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


@pytest.mark.anyio
async def test_without_grpcio_the_log_says_how_to_open_the_port(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """One line names the port, what is missing and both ways out; nothing listens, and with port 0 nothing is said."""
    monkeypatch.setitem(sys.modules, "grpc", None)
    port = free_ports(1)[0]
    async with answering(_nobody, ServerSettings(grpc_port=port)), answering(_nobody, ServerSettings(grpc_port=0)):
        with socket.socket() as knock:
            assert knock.connect_ex(("127.0.0.1", port)) != 0
    (line,) = [one.getMessage() for one in caplog.records if one.name == "collectors.otlp.calls"]
    assert str(port) in line and "orderscope[grpc]" in line and "server.grpc_port" in line


async def _nobody(*_: Any) -> None:
    raise AssertionError("nobody calls")


@settings(max_examples=60, deadline=None)
@given(code=st.integers(1, 16), text=st.text(max_size=400), wait=st.none() | st.integers(0, 10**6))
def test_a_status_is_googles_status(code: int, text: str, wait: int | None) -> None:
    """What is written by hand is what google.rpc.Status reads, and is read back."""
    written = status_message(code, text.encode("utf-8", "replace"), wait)
    read = RpcStatus.FromString(written)
    assert (read.code, read.message) == (code, text_of(written))
    assert read.message == text.encode("utf-8", "replace").decode()
    infos = [RetryInfo.FromString(one.value).retry_delay.seconds for one in read.details]
    assert infos == ([] if wait is None else [wait])
