"""OpenTelemetry's own exporters of logs and metrics, over HTTP and gRPC, against the real server."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter as GrpcMetrics
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter as HttpMetrics
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from tests.guarantees.server import Server, event, hours_ago

Made = Callable[[Server, dict[str, str]], Any]
LOGS: dict[str, Made] = {
    "http": lambda server, token: HttpLogs(f"{server.otlp_url}/v1/logs", headers=token),
    "grpc": lambda server, token: GrpcLogs(f"127.0.0.1:{server.grpc_port}", insecure=True, headers=token),
}
METRICS: dict[str, Made] = {
    "http": lambda server, token: HttpMetrics(f"{server.otlp_url}/v1/metrics", headers=token),
    "grpc": lambda server, token: GrpcMetrics(f"127.0.0.1:{server.grpc_port}", insecure=True, headers=token),
}


def token(server: Server) -> dict[str, str]:
    """The header of the client that may do everything."""
    return {"authorization": server.client.headers["authorization"]}


@pytest.mark.parametrize("wire", LOGS)
def test_a_log_record_moves_an_order(server: Server, wire: str) -> None:
    """A record named `order.released` of the ERP releases the order; one that is no event changes nothing."""
    number = f"LOG-{wire}"
    server.take(event(f"log-{wire}", "erp.main", "order.created", hours_ago(0.01), keys={"so": number}))
    provider = LoggerProvider(resource=Resource.create({"service.name": "erp.main"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(LOGS[wire](server, token(server))))
    logger = provider.get_logger("erp")
    logger.emit(LogRecord(body="checked", severity_number=SeverityNumber.INFO, attributes={"o2c.order.number": number}))
    logger.emit(LogRecord(event_name="order.released", attributes={"o2c.order.number": number}))
    provider.shutdown()
    server.settled()
    order = server.order(number)
    assert (order["stage"], order["events"]) == ("released", 2)
    assert order["milestones"]["order.released"]["source"] == "erp.main"


@pytest.mark.parametrize("wire", LOGS)
def test_a_named_source_brings_its_mapping(server: Server, wire: str) -> None:
    """Names that only the mapping of a declared source knows are read where the exporter names that source."""
    number = f"MAP-{wire}"
    server.take(event(f"map-{wire}", "erp.main", "order.created", hours_ago(0.01), keys={"so": number}))
    provider = LoggerProvider(resource=Resource.create({"service.name": "erp.main"}))
    headers = token(server) | {"orderscope-source": "mw.otlp"}
    provider.add_log_record_processor(SimpleLogRecordProcessor(LOGS[wire](server, headers)))
    provider.get_logger("erp").emit(LogRecord(event_name="Freigabe", attributes={"auftrag": number}))
    provider.shutdown()
    server.settled()
    assert server.order(number)["stage"] == "released"


@pytest.mark.parametrize("wire", METRICS)
def test_metrics_show_how_an_interface_does(server: Server, wire: str) -> None:
    """Twenty calls, five of them failed, sent in two exports of running totals, stand under their service and route."""
    service = f"stock-{wire}"
    reader = PeriodicExportingMetricReader(METRICS[wire](server, token(server)), export_interval_millis=3_600_000)
    provider = MeterProvider(metric_readers=[reader], resource=Resource.create({"service.name": service}))
    calls = provider.get_meter("stock").create_histogram("http.server.request.duration", unit="s")
    for number in range(20):
        failed = {"error.type": "timeout"} if number % 4 == 0 else {}
        calls.record(0.02 * (number + 1), {"http.route": "/stock", **failed})
        if number == 9:
            assert provider.force_flush()
    provider.shutdown()
    (row,) = [one for one in server.get("/api/v1/interfaces")["items"] if one["source"] == f"mw.{service}"]
    assert (row["side"], row["interface"], row["measured_by"]) == ("server", "/stock", "metrics")
    assert (row["calls"], row["failures"], row["failure_share"]) == (20, 5, 0.25)
    assert row["mean_ms"] == pytest.approx(210)
    assert 380 <= row["p95_ms"] <= 500
    hours = server.get(f"/api/v1/interfaces/mw.{service}")["items"]
    assert sum(one["calls"] for one in hours) == 20


def test_what_cannot_be_asked_of_interfaces(server: Server) -> None:
    """Nobody without a right, no time that is none, nothing of a source that was never measured."""
    assert server.client.get("/api/v1/interfaces/mw.nobody").status_code == 404
    wrong = {"from": hours_ago(0), "to": hours_ago(1)}
    assert server.client.get("/api/v1/interfaces", params=wrong).status_code == 400
    assert server.client.get("/api/v1/interfaces", params={"from": hours_ago(24 * 99)}).status_code == 400
    assert server.client.get("/api/v1/interfaces", headers={"authorization": "Bearer nobody"}).status_code == 401


def test_a_token_sends_metrics_for_its_source_only(server: Server) -> None:
    """Of a request of two services only the one that the token is for is stored; the other is refused by name."""
    secret = server.token("signals-west", "ingest:3pl.west")
    now = str(time.time_ns())
    data = {"name": "kafka.consumer_group.lag", "gauge": {"dataPoints": [{"timeUnixNano": now, "asInt": "7"}]}}
    parts = [
        {"resource": {"attributes": [{"key": "service.name", "value": {"stringValue": name}}]}, "scopeMetrics": [{"metrics": [data]}]}
        for name in ("3pl.west", "other")
    ]  # fmt: skip
    answer = server.client.post(
        "/v1/metrics", json={"resourceMetrics": parts}, headers={"authorization": f"Bearer {secret}"}
    )
    assert answer.json()["partialSuccess"]["rejectedDataPoints"] == "1"
    assert "source_not_allowed" in answer.json()["partialSuccess"]["errorMessage"]
    found = {one["source"]: one["depth"] for one in server.get("/api/v1/interfaces")["items"] if one["side"] == "queue"}
    assert found == {"3pl.west": 7.0}
