"""The sockets of OTLP over HTTP: `/v1/traces`, `/v1/logs` and `/v1/metrics`, in both encodings."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

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
from app.model.event import Message, Translation
from app.settings import Source
from collectors.otlp.failure import CODES, UNKNOWN, status_message
from collectors.otlp.signals import Signal, packing
from collectors.otlp.translate import Unstored, read
from collectors.reading import WHOLE

#: The header, or metadata of a call, that names the declared source by whose mapping a request is read.
SOURCE = "orderscope-source"
_CODE = 64
_PROTOBUF, _JSON = "application/x-protobuf", "application/json"
#: The answer of each signal, and the field in which it counts what was not taken.
_ANSWERS: dict[Signal, tuple[Any, str]] = {
    "traces": (ExportTraceServiceResponse, "rejected_spans"),
    "logs": (ExportLogsServiceResponse, "rejected_log_records"),
    "metrics": (ExportMetricsServiceResponse, "rejected_data_points"),
}


def routes(door: Door, collector: Collector) -> list[Any]:
    """The three endpoints."""
    return [
        Route(f"/v1/{signal}", _endpoint(door, collector, signal), methods=["POST"], name=f"otlp_{signal}")
        for signal in get_args(Signal)
    ]


def _endpoint(door: Door, collector: Collector, signal: Signal) -> Callable[[Request], Any]:
    async def taken(request: Request) -> Response:
        return await _answered(request, door, collector, signal)

    return taken


async def _answered(request: Request, door: Door, collector: Collector, signal: Signal) -> Response:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in (_PROTOBUF, _JSON):
        return _failed(_PROTOBUF, 415, f"The content type is neither {_PROTOBUF} nor {_JSON}.")
    unstored = [Unstored()]
    try:
        noting = replace(collector, translate=_noting(unstored), pack=packing(signal))
        receipt = await door(request, noting, request.headers.get(SOURCE, "")[:_CODE])
    except OrderscopeError as fault:
        wait = fault.retry_after if isinstance(fault, Busy) else None
        return _failed(media, fault.status, f"{fault.detail} {fault.mend}".strip(), wait)
    if any(one.index == WHOLE for one in receipt.rejected):
        return _failed(
            media, 400, f"The request could not be read ({receipt.rejected[0].reason}); it is kept as a dead letter."
        )
    return _written(media, 200, _stored(signal, receipt, unstored[0]))


def _noting(unstored: list[Unstored]) -> Callable[[Message, Source], Translation]:
    """A `translate` that leaves in `unstored[0]` what is not kept: the answer says so, and no dead letter is made."""

    def translate(message: Message, source: Source) -> Translation:
        said, unstored[0] = read(message, source)
        return said

    return translate


def _stored(signal: Signal, receipt: Receipt, unstored: Unstored) -> Proto:
    """The answer: how many items were not taken, and why."""
    kind, field = _ANSWERS[signal]
    answer: Proto = kind()
    reasons = sorted({one.reason for one in receipt.rejected})
    refused = f"Refused and kept as dead letters: {', '.join(reasons)}." if reasons else ""
    if told := f"{refused} {unstored.text}".strip():
        setattr(answer.partial_success, field, len(receipt.rejected) + unstored.records + unstored.points)
        answer.partial_success.error_message = told
    return answer


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
