"""OTLP over gRPC against the real server: tokens, a burst, and where it listens."""

import os
import socket
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.trace import format_trace_id

from app.store.database import Database
from tests.guarantees.server import Server, event, hours_ago, running, until

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
START = 1_795_514_400_000_000_000


def call(server: Server, body: bytes, token: str, wait: float = 30) -> bytes:
    """What the trace service answers to this token."""
    metadata = (("authorization", token),) if token else ()
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        answer: bytes = channel.unary_unary(METHOD)(body, timeout=wait, metadata=metadata)
        return answer


def spans(count: int, service: str = "checkout") -> tuple[str, bytes]:
    """A trace of so many spans: its id, and the request."""
    request = ExportTraceServiceRequest()
    resource = request.resource_spans.add()
    resource.resource.attributes.add(key="service.name").value.string_value = service
    scope, trace = resource.scope_spans.add(), os.urandom(16)
    for number in range(count):
        scope.spans.add(
            trace_id=trace, span_id=(number + 1).to_bytes(8, "big"), name="x",
            start_time_unix_nano=START + number, end_time_unix_nano=START + number + 5,
        )  # fmt: skip
    return trace.hex(), request.SerializeToString()


def test_spans_of_the_sdk_appear_under_their_order(server: Server) -> None:
    """The gRPC exporter's trace is found under the order that it names."""
    server.take(event("rpc-1", "erp.main", "order.created", hours_ago(0.01), keys={"so": "RPC-1"}))
    token = server.client.headers["authorization"]
    exporter = OTLPSpanExporter(f"127.0.0.1:{server.grpc_port}", insecure=True, headers={"authorization": token})
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("shop").start_as_current_span("POST /orders") as root:
        root.set_attribute("o2c.order.number", "RPC-1")
    provider.shutdown()
    found = until(lambda: server.get("/api/v1/orders/RPC-1/traces")["items"] or None)
    assert [(one["trace_id"], one["root"]) for one in found] == [
        (format_trace_id(root.get_span_context().trace_id), "POST /orders")
    ]


@pytest.mark.parametrize("token", ["", "Bearer nobody", "Basic bm86bm8="])
def test_nobody_without_a_token(server: Server, token: str) -> None:
    """Without a token or with a wrong one nothing is taken."""
    trace, body = spans(1)
    with pytest.raises(grpc.RpcError) as caught:
        call(server, body, token)
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    assert "Bearer TOKEN" in caught.value.details()
    assert server.get(f"/api/v1/traces/{trace}")["items"] == []


def test_a_token_sends_for_its_source_only(server: Server) -> None:
    """The warehouse's token brings the warehouse's spans and no others; a token for reading brings none."""
    scopes = {"rpc-west": "ingest:3pl.west", "rpc-read": "read"}
    west, read = (f"Bearer {server.token(name, scope)}" for name, scope in scopes.items())
    trace, own = spans(2, "3pl.west")
    assert call(server, own, west) == b""
    assert len(server.get(f"/api/v1/traces/{trace}")["items"]) == 2
    for body, token in ((spans(1)[1], west), (own, read)):
        with pytest.raises(grpc.RpcError) as caught:
            call(server, body, token)
        assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


def test_a_full_queue_sends_callers_away(server: Server, tmp_path: Path) -> None:
    """With a queue of few items much of a burst is told when to come back; what was answered survives `kill -9`, whole.

    And where a port is taken, a server says so in a line.
    """
    with running(tmp_path, "server: {queue_items: 40}") as small:
        token = (("authorization", small.client.headers["authorization"]),)
        sent = [spans(30) for _ in range(60)]
        with grpc.insecure_channel(f"127.0.0.1:{small.grpc_port}") as channel:
            export = channel.unary_unary(METHOD)
            calls = [export.future(body, timeout=60, metadata=token) for _, body in sent]
            told = [_outcome(one) for one in calls]
        stored = [trace for (trace, _), code in zip(sent, told, strict=True) if code is None]
        small.kill()
    assert set(told) == {None, grpc.StatusCode.RESOURCE_EXHAUSTED}
    database = Database(small.data / "record.duckdb")
    kept = dict(database.connection().sql("select trace_id, count(*) from spans.span group by 1").fetchall())
    database.close()
    assert kept == dict.fromkeys(stored, 30)
    again = small.command("serve", "--port", "0", "--otlp-port", "0", "--grpc-port", str(server.grpc_port))
    assert (again.returncode, f":{server.grpc_port} cannot be used" in again.stderr) == (2, True)


def _outcome(answer: Any) -> grpc.StatusCode | None:
    fault = answer.exception()
    if fault is not None and fault.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        assert "google.rpc.retryinfo-bin" in dict(fault.trailing_metadata())
    return None if fault is None else fault.code()


def test_it_listens_to_this_machine_alone(server: Server) -> None:
    """From another address of this machine nobody answers."""
    outside = socket.gethostbyname(socket.gethostname())
    with socket.socket() as inside:
        assert inside.connect_ex(("127.0.0.1", server.grpc_port)) == 0
    if not outside.startswith("127."):
        with socket.socket() as knock:
            assert knock.connect_ex((outside, server.grpc_port)) != 0
