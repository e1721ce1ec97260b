"""Clients that nobody here wrote, against the real server on both of its ports."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from cloudevents.core.bindings.http import to_binary_event, to_structured_event
from cloudevents.core.v1.event import CloudEvent
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExportResult
from opentelemetry.trace import SpanKind, Status, StatusCode, format_trace_id

from tests.guarantees.server import Server, event, hours_ago, until


class Heard:
    """Notes what an exporter was told."""

    def __init__(self, exporter: OTLPSpanExporter) -> None:
        self.exporter, self.results = exporter, list[SpanExportResult]()
        self.export_of, exporter.export = exporter.export, self.export  # type: ignore[method-assign]

    def export(self, spans: Any) -> SpanExportResult:
        self.results.append(self.export_of(spans))
        return self.results[-1]


def traced(endpoint: str, token: str, number: str) -> tuple[str, list[SpanExportResult]]:
    """A trace of three spans sent by OpenTelemetry's own exporter: its id, and what the exporter was told."""
    exporter = OTLPSpanExporter(f"{endpoint}/v1/traces", headers={"authorization": token})
    heard = Heard(exporter)
    provider = TracerProvider(resource=Resource.create({"service.name": "checkout"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer("shop")
    with tracer.start_as_current_span("POST /orders", kind=SpanKind.SERVER) as root:
        root.set_attribute("o2c.order.number", number)
        with tracer.start_as_current_span("reserve stock"), tracer.start_as_current_span("call erp") as leaf:
            leaf.set_status(Status(StatusCode.ERROR, "time-out"))
    provider.shutdown()
    return format_trace_id(root.get_span_context().trace_id), heard.results


@pytest.mark.parametrize("port", ["url", "otlp_url"])
def test_spans_of_the_sdk_appear_under_their_order(server: Server, port: str) -> None:
    """The exporter's trace is found under the order that it names, with its tree, sent to either port."""
    number = f"SDK-{port}"
    server.take(event(f"sdk-{port}", "erp.main", "order.created", hours_ago(0.01), keys={"so": number}))
    trace_id, told = traced(getattr(server, port), server.client.headers["authorization"], number)
    assert told == [SpanExportResult.SUCCESS] * 3
    found = until(lambda: server.get(f"/api/v1/orders/{number}/traces")["items"] or None)
    assert [(one["trace_id"], one["spans"], one["errors"], one["root"]) for one in found] == [
        (trace_id, 3, 1, "POST /orders")
    ]
    spans = server.get(f"/api/v1/traces/{trace_id}")["items"]
    assert [(span["name"], span["depth"]) for span in spans] == [
        ("POST /orders", 0),
        ("reserve stock", 1),
        ("call erp", 2),
    ]
    assert (spans[2]["status"], spans[2]["message"]) == ("error", "time-out")


def test_a_span_alone_moves_no_order(server: Server) -> None:
    """A span names an order's number; the order's stage stays what the ERP said."""
    server.take(event("sdk-still", "erp.main", "order.created", hours_ago(0.01), keys={"so": "SDK-STILL"}))
    traced(server.otlp_url, server.client.headers["authorization"], "SDK-STILL")
    server.settled()
    order = server.order("SDK-STILL")
    assert (order["stage"], order["events"]) == ("created", 1)


def test_the_exporter_hears_of_a_missing_token(server: Server) -> None:
    """Without a token the exporter is told that nothing was taken."""
    trace_id, told = traced(server.otlp_url, "Bearer nobody", "SDK-NONE")
    assert told == [SpanExportResult.FAILURE] * 3
    assert server.get(f"/api/v1/traces/{trace_id}")["items"] == []


@pytest.mark.parametrize("form", [to_binary_event, to_structured_event])
def test_the_cloudevents_package_makes_an_order(server: Server, form: Callable[[CloudEvent], Any]) -> None:
    """Both modes of the `cloudevents` package make an order, and the same event again is a duplicate."""
    number = f"CE-{form.__name__}"
    attributes = {
        "id": number,
        "source": "erp.main",
        "type": "order.created",
        "specversion": "1.0",
        "datacontenttype": "application/json",
    }
    sent = form(
        CloudEvent(
            attributes, {"keys": {"so": number}, "customer": "Ärger & Söhne", "amount": "41.00", "currency": "EUR"}
        )
    )
    said = []
    for _ in range(2):
        answer = server.client.post("/api/v1/events", headers=dict(sent.headers), content=sent.body)
        assert answer.status_code == 200, answer.text
        said.append((answer.json()["accepted"], answer.json()["duplicates"]))
    server.settled()
    order = server.order(number)
    assert said == [(1, 0), (0, 1)]
    assert (order["stage"], order["customer"], order["value"], order["currency"]) == (
        "created",
        "Ärger & Söhne",
        "41.00",
        "EUR",
    )


def test_the_otlp_port_takes_nothing_else(server: Server) -> None:
    """On the OTLP port there is neither an API nor a page."""
    with httpx.Client(base_url=server.otlp_url, headers=server.client.headers) as client:
        assert [client.get(path).status_code for path in ("/api/v1/orders", "/", "/sign-in")] == [404, 404, 404]
