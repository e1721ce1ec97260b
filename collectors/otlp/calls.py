"""OTLP over gRPC: each call becomes a request to the endpoint that takes the same message over HTTP.

So the token, the limits, the counting and what is said to a sender that must wait are the same by construction, and an
answer means the same: it is on disk. The message is read only when the gate has let the call in. gRPC's own unpacking
is switched off: `app.unpack` holds to its limit whatever version of grpcio is there.
"""

import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote

import anyio.to_thread

from app.errors import BadInput
from app.settings import Server
from app.unpack import unpacked
from collectors.otlp.failure import CODES, UNKNOWN, retry_info, status_message, text_of
from collectors.otlp.receiver import SOURCE

log = logging.getLogger(__name__)
Fields = MutableMapping[str, Any]
App = Callable[[Fields, Callable[[], Awaitable[Fields]], Callable[[Fields], Awaitable[None]]], Awaitable[None]]
#: gRPC service -> the endpoint of the same message. Each service has one method, `Export`.
SERVICES = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "/v1/traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "/v1/logs",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "/v1/metrics",
}
_MEDIA = "application/x-protobuf"
#: Metadata of a call that become headers of the request.
_PASSED = ("authorization", "idempotency-key", SOURCE)
#: How packed messages begin. No OTLP request does: the first would be a field of no type, the others field 15.
_PACKED = {b"\x1f\x8b": "gzip", b"\x78\x01": "deflate", b"\x78\x5e": "deflate", b"\x78\x9c": "deflate", b"\x78\xda": "deflate"}  # fmt: skip
#: Calls of one connection at a time; further ones wait in the client. To refuse them would make exporters drop them.
_CALLS_AT_ONCE = 100
_GRACE_SECONDS = 2
_TEXT_LIMIT = 1000
_DONE = 200


@asynccontextmanager
async def answering(app: App, server: Server) -> AsyncIterator[None]:
    """Take calls on `server.grpc_port` in the running loop until the `with` ends; says how to, where it cannot."""
    if server.grpc_port and not find_spec("grpc"):
        log.warning(
            "Port %d is closed: OTLP over gRPC needs grpcio. Install orderscope[grpc], or set server.grpc_port to 0.",
            server.grpc_port,
        )
    if not server.grpc_port or not find_spec("grpc"):
        yield
        return
    listening = _listening(app, server)
    await listening.start()
    try:
        yield
    finally:
        await listening.stop(_GRACE_SECONDS)


def _listening(app: App, server: Server) -> Any:
    import grpc.aio

    options = [
        ("grpc.max_receive_message_length", server.max_body),
        ("grpc.per_message_decompression", 0),
        ("grpc.max_concurrent_streams", _CALLS_AT_ONCE),
        ("grpc.so_reuseport", 0),
    ]
    made = grpc.aio.server(options=options)
    for service, path in SERVICES.items():
        method = grpc.stream_unary_rpc_method_handler(_exporting(app, path, server))
        made.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": method}),))
    host = f"[{server.host}]" if ":" in server.host else server.host
    made.add_insecure_port(f"{host}:{server.grpc_port}")
    return made


def _exporting(app: App, path: str, server: Server) -> Callable[[Any, Any], Awaitable[bytes]]:
    """The method behind a service. It takes a stream of one message, which on the wire is one message."""

    async def export(_messages: Any, context: Any) -> bytes:
        answer = Answer()
        await app(scope_of(context, path, server), _body_of(context, server.max_body), answer.send)
        if answer.status != _DONE:
            await _refuse(context, answer)
        return answer.body

    return export


class Answer:
    """What the endpoint answers, part by part."""

    def __init__(self) -> None:
        self.status, self.headers, self.body = 500, dict[bytes, bytes](), b""

    async def send(self, part: Fields) -> None:
        """Take one part of the answer, as an ASGI app sends it."""
        if part["type"] == "http.response.start":
            self.status, self.headers = part["status"], dict(part["headers"])
        else:
            self.body += part.get("body", b"")

    @property
    def text(self) -> str:
        """What a person should read of a refusal: of a google.rpc.Status, or of a problem document."""
        if self.headers.get(b"content-type", b"").startswith(_MEDIA.encode()):
            return text_of(self.body)[:_TEXT_LIMIT]
        said = json.loads(self.body or b"{}")
        return f"{said.get('detail', '')} {said.get('mend', '')}".strip()[:_TEXT_LIMIT]

    @property
    def wait(self) -> int | None:
        """After how many seconds the sender may try again, where trying again may help."""
        told = self.headers.get(b"retry-after", b"").decode()
        return int(told) if told.isdecimal() else None


def scope_of(context: Any, path: str, server: Server) -> Fields:
    """A call as the ASGI scope of a request."""
    given = {name: value for name, value in context.invocation_metadata() or () if name in _PASSED}
    headers = {"content-type": _MEDIA, **given}
    return {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "2", "scheme": "http",
        "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"", "root_path": "",
        "headers": [(name.encode(), str(value).encode()) for name, value in headers.items()],
        "client": _peer(context.peer()), "server": (server.host, server.grpc_port),
    }  # fmt: skip


def _peer(text: str) -> tuple[str, int]:
    """`ipv4:127.0.0.1:5000` and `ipv6:%5B::1%5D:5000` as (host, port)."""
    host, _, port = unquote(text).partition(":")[2].rpartition(":")
    return host.strip("[]"), int(port) if port.isdecimal() else 0


def _body_of(context: Any, limit: int) -> Callable[[], Awaitable[Fields]]:
    """What an ASGI app awaits for the body. Raises TooLarge and BadInput for what cannot be unpacked within `limit`."""
    read: list[bool] = []

    async def receive() -> Fields:
        if read:
            return {"type": "http.disconnect"}
        read.append(True)
        body = await context.read()
        if not isinstance(body, bytes):
            raise BadInput("The call brought no message.", "Send one message, of the size that is taken.")
        if coding := _PACKED.get(body[:2]):
            body = await anyio.to_thread.run_sync(unpacked, body, coding, limit)
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _refuse(context: Any, answer: Answer) -> None:
    """End the call with the gRPC code of a refusal, and with when to come back, which exporters look for in two places."""
    import grpc

    code = CODES.get(answer.status, UNKNOWN)
    trailing = []
    if answer.wait is not None:
        told = status_message(code, answer.text.encode(), answer.wait)
        trailing = [("grpc-status-details-bin", told), ("google.rpc.retryinfo-bin", retry_info(answer.wait))]
    status = next(one for one in grpc.StatusCode if one.value[0] == code)
    await context.abort(status, answer.text, tuple(trailing))
