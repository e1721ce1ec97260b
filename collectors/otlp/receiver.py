"""The sockets of OTLP over HTTP: `/v1/traces`, and `/v1/logs` and `/v1/metrics`, which are counted but not stored."""

from dataclasses import replace
from typing import Any

import msgspec
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message as Proto
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app.contracts import Collector, Door, Receipt
from app.errors import Busy, OrderscopeError
from collectors.otlp.failure import CODES, UNKNOWN, status_message
from collectors.otlp.signals import Signal, counting
from collectors.reading import WHOLE

_PROTOBUF, _JSON = "application/x-protobuf", "application/json"


def routes(door: Door, collector: Collector) -> list[Any]:
    """The three endpoints; only traces are stored so far."""

    async def traces(request: Request) -> Response:
        return await _answered(request, door, collector, None)

    async def logs(request: Request) -> Response:
        return await _answered(request, door, collector, "logs")

    async def metrics(request: Request) -> Response:
        return await _answered(request, door, collector, "metrics")

    return [
        Route(f"/v1/{one.__name__}", one, methods=["POST"], name=f"otlp_{one.__name__}")
        for one in (traces, logs, metrics)
    ]


async def _answered(request: Request, door: Door, collector: Collector, signal: Signal | None) -> Response:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (_PROTOBUF, _JSON):
        return _failed(_PROTOBUF, 415, f"The content type is neither {_PROTOBUF} nor {_JSON}.")
    count = [0]
    try:
        receipt = await door(request, replace(collector, translate=counting(signal, count)) if signal else collector)
    except OrderscopeError as fault:
        wait = fault.retry_after if isinstance(fault, Busy) else None
        return _failed(media, fault.status, f"{fault.detail} {fault.mend}".strip(), wait)
    if any(one.index == WHOLE for one in receipt.rejected):
        return _failed(
            media, 400, f"The request could not be read ({receipt.rejected[0].reason}); it is kept as a dead letter."
        )
    return _written(media, 200, _unstored(signal, count[0]) if signal else _stored(receipt))


def _stored(receipt: Receipt) -> Proto:
    """The answer for traces: what was refused, and why."""
    answer = ExportTraceServiceResponse()
    if receipt.rejected:
        answer.partial_success.rejected_spans = len(receipt.rejected)
        reasons = sorted({one.reason for one in receipt.rejected})
        answer.partial_success.error_message = f"Refused and kept as dead letters: {', '.join(reasons)}."
    return answer


def _unstored(signal: Signal, count: int) -> Proto:
    """The answer for signals that are not stored yet: it says so, so that nobody takes them for safe."""
    told = f"Orderscope does not store {signal} yet."
    if signal == "logs":
        logs = ExportLogsServiceResponse()
        logs.partial_success.rejected_log_records, logs.partial_success.error_message = count, told
        return logs
    metrics = ExportMetricsServiceResponse()
    metrics.partial_success.rejected_data_points, metrics.partial_success.error_message = count, told
    return metrics


def _failed(media: str, status: int, text: str, wait: int | None = None) -> Response:
    """A google.rpc.Status, in the request's own encoding."""
    code = CODES.get(status, UNKNOWN)
    body = (
        msgspec.json.encode({"code": code, "message": text})
        if media == _JSON
        else status_message(code, text.encode(), wait)
    )
    headers = {"Retry-After": str(wait)} if wait is not None else None
    return Response(body, status_code=status, media_type=media, headers=headers)


def _written(media: str, status: int, answer: Proto) -> Response:
    body = MessageToJson(answer, indent=None).encode() if media == _JSON else answer.SerializeToString()
    return Response(body, status_code=status, media_type=media)
