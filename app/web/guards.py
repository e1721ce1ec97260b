"""What stands before the gate.

Broken answers are logged, every answer is hardened, the OTLP port takes only OTLP, and no form or call sends more than
it could need.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import TooLarge
from app.web.auth.gate import is_ingest, is_public
from app.web.problems import document, problem, unexpected

LOG = logging.getLogger("orderscope.web")
_SERVER_ERROR = 500
_FORM_BYTES = 64 * 1024
_DIGITS = 19
#: What scripts and styles Dash needs: its inline scripts and styles, nothing from outside, no eval.
CSP = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Watch:
    """Outermost: an answer of 5xx is never silent, and a failure never shows our insides."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what nobody else answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun: list[int] = []
        try:
            await self.app(scope, receive, _noting(scope, send, begun))
        except Exception:  # the last one to hear of it
            LOG.exception("%s %s failed", scope["method"], _plain(scope["path"]))
            if begun:
                raise
            answer = unexpected()
            answer.headers.update(HEADERS)
            await answer(scope, receive, send)


def _noting(scope: Scope, send: Send, begun: list[int]) -> Callable[[Message], Awaitable[None]]:
    async def noting(message: Message) -> None:
        if message["type"] == "http.response.start":
            begun.append(message["status"])
            if message["status"] >= _SERVER_ERROR and scope["path"] != "/readyz":
                LOG.error("%s %s answered %d", scope["method"], _plain(scope["path"]), message["status"])
        await send(message)

    return noting


def _plain(path: str) -> str:
    """A path as one line of a log: it comes from outside and may hold anything."""
    return path[:200].encode("unicode_escape").decode("ascii")


class Harden:
    """Security headers on every answer; nothing with somebody's data is kept by a cache."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers as the answer begins."""

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if not scope["path"].startswith(("/assets/", "/_dash-component-suites/")):
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, hardened if scope["type"] == "http" else send)


class OnlyOtlp:
    """On the OTLP port there is `/v1/` and nothing else: no page, no sign-in, no API."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        self.app, self.port = app, port

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what does not belong to this port."""
        server: Any = scope.get("server")
        elsewhere = scope["type"] == "lifespan" or not self.port or not server or server[1] != self.port
        if elsewhere or (scope["type"] == "http" and scope["path"].startswith("/v1/")):
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await document(404, "Not found", "This port takes OTLP only.")(scope, receive, send)
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})


class Bounded:
    """Bodies outside the door: forms of strangers are small, calls of known clients bounded."""

    def __init__(self, app: ASGIApp, limit: int) -> None:
        self.app, self.limit = app, limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse a body by its length, and stop reading one that lied about it."""
        if scope["type"] != "http" or is_ingest(scope["path"]):
            await self.app(scope, receive, send)
            return
        limit = _FORM_BYTES if is_public(scope["path"]) else self.limit
        told = Headers(scope=scope).get("content-length", "0")
        if not told.isdecimal() or len(told) > _DIGITS or int(told) > limit:
            await problem(TooLarge(f"The body is larger than {limit:,} bytes.", "Send less."))(scope, receive, send)
        else:
            await self.app(scope, _counting(receive, limit), send)


def _counting(receive: Receive, limit: int) -> Receive:
    read = 0

    async def counting() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        return message if read <= limit else {"type": "http.disconnect"}

    return counting
