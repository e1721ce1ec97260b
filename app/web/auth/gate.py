"""The gate: in front of everything, it knows who asks, sends strangers to the sign-in page, and checks CSRF.

1. Public paths pass. 2. A token, if sent, decides alone. 3. A vendor's address lets strangers come as far as the check of
their signature, and no further. 4. A session cookie decides; what changes something must repeat the CSRF word of the
session. 5. Loopback clients may send messages without a token where that is configured. 6. A person's browser is sent to
sign in, every other client gets a 401. Websockets need the cookie and our Origin.
"""

import ipaddress
from collections.abc import Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit
from uuid import uuid4

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.cases.identity import Identity, current, request_id
from app.errors import NotAllowed, NotSignedIn, OrderscopeError
from app.settings import Server
from app.web.auth.registry import Registry
from app.web.auth.secrets import csrf_of, same
from app.web.problems import problem

SESSION_COOKIE = "orderscope_session"
CSRF_COOKIE = "_csrf_token"
CSRF_HEADER = "X-CSRFToken"
PUBLIC = frozenset(
    {"/sign-in", "/sign-in/link", "/healthz", "/readyz", "/metrics", "/favicon.ico", "/_favicon.ico", "/robots.txt"}
)
PUBLIC_UNDER = ("/assets/", "/_dash-component-suites/")
_SAFE = ("GET", "HEAD", "OPTIONS")
_EVERY_INGEST = frozenset({"ingest:*"})
_SIGN_IN_AGAIN, _NOT_FROM_HERE = 4401, 4403


def _nobody(path: str) -> Identity | None:
    return None


class Gate:
    """Pure ASGI middleware; sets `current` and `request_id` for whatever answers."""

    def __init__(
        self, app: ASGIApp, registry: Registry, server: Server, stranger: Callable[[str], Identity | None] = _nobody
    ) -> None:
        self.app, self.registry, self.server, self.stranger = app, registry, server, stranger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through with who it is, or answer it here."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id.set(uuid4().hex)
        try:
            current.set(await self._who(scope, headers))
        except NotSignedIn as fault:
            answer = _to_sign_in(scope) if _is_page(scope, headers) else problem(fault)
            await answer(scope, receive, send)
        except OrderscopeError as fault:
            await problem(fault)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _who(self, scope: Scope, headers: Headers) -> Identity | None:
        """Who asks; None only on public paths. Raises NotSignedIn or NotAllowed."""
        if is_public(scope["path"]):
            return None
        vendor = self.stranger(scope["path"])
        authorization = headers.get("authorization", "")
        if authorization and (vendor is None or _is_bearer(authorization)):
            return await self._token(authorization)
        if vendor:
            return vendor
        secret = cookies(headers).get(SESSION_COOKIE)
        who = await self.registry.by_session(secret) if secret else None
        if who and secret:
            _check_csrf(scope, headers, secret)
            return who
        if self.server.open_loopback and is_ingest(scope["path"]) and self._loopback(scope, headers):
            return Identity("loopback", kind="open", scopes=_EVERY_INGEST)
        raise NotSignedIn("This needs a session or a token.", "Sign in, or send `Authorization: Bearer TOKEN`.")

    async def _token(self, authorization: str) -> Identity:
        secret = authorization.partition(" ")[2]
        who = await self.registry.by_token(secret.strip()) if _is_bearer(authorization) else None
        if who is None:
            raise NotSignedIn("This token is not known.", "Send `Authorization: Bearer TOKEN` with a token in force.")
        return who

    def _loopback(self, scope: Scope, headers: Headers) -> bool:
        """Both ends are this machine, and no foreign web page uses its browser to get here."""
        client = scope.get("client")
        ends = [self.server.host, client[0] if client else self.server.host]
        if origin := headers.get("origin"):
            ends.append(urlsplit(origin).hostname or "")
        return all(map(is_loopback, ends))

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        secret = cookies(headers).get(SESSION_COOKIE)
        if not same_origin(headers):
            await _refused(receive, send, _NOT_FROM_HERE)
            return
        who = await self.registry.by_session(secret) if secret else None
        if who is None or secret is None:
            await _refused(receive, send, _SIGN_IN_AGAIN)
            return
        current.set(who)
        await self.app(scope, self._while_signed_in(secret, receive, send), send)

    def _while_signed_in(self, secret: str, receive: Receive, send: Send) -> Receive:
        """Every message of the browser asks again whether the session still runs."""

        async def checked() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and not await self.registry.by_session(secret):
                await send({"type": "websocket.close", "code": _SIGN_IN_AGAIN})
                return {"type": "websocket.disconnect", "code": _SIGN_IN_AGAIN}
            return message

        return checked


def _is_bearer(authorization: str) -> bool:
    return authorization.partition(" ")[0].lower() == "bearer"


def is_public(path: str) -> bool:
    """Whether a path is answered to anybody."""
    return path in PUBLIC or path.startswith(PUBLIC_UNDER)


def is_ingest(path: str) -> bool:
    """Whether messages are sent to this path."""
    return path.startswith(("/v1/", "/api/v1/inbound/")) or path == "/api/v1/events"


def is_loopback(host: str) -> bool:
    """Whether a host or address is this very machine."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_origin(headers: Mapping[str, str]) -> bool:
    """Whether a browser sends this from one of our own pages."""
    return bool(headers.get("host")) and urlsplit(headers.get("origin", "")).netloc == headers.get("host")


def cookies(headers: Headers) -> dict[str, str]:
    """The cookies of a request; one that cannot be read counts as none."""
    try:
        return {name: morsel.value for name, morsel in SimpleCookie("; ".join(headers.getlist("cookie"))).items()}
    except CookieError:
        return {}


def _check_csrf(scope: Scope, headers: Headers, secret: str) -> None:
    """What changes something must come from our page; the plain sign-out form proves it by its origin."""
    if scope["method"] in _SAFE or same(headers.get(CSRF_HEADER, ""), csrf_of(secret)):
        return
    if scope["path"] == "/sign-out" and same_origin(headers):
        return
    raise NotAllowed("The request did not come from one of our pages.", f"Send the header {CSRF_HEADER}.")


def _is_page(scope: Scope, headers: Headers) -> bool:
    """Whether a person's browser asks for a page, rather than a script for data."""
    asks = scope["method"] in ("GET", "HEAD") and "text/html" in headers.get("accept", "")
    return asks and not scope["path"].startswith(("/api/", "/v1/", "/_"))


def _to_sign_in(scope: Scope) -> RedirectResponse:
    query = scope["query_string"].decode("latin-1")
    wanted = scope["path"] + ("?" + query if query else "")
    target = "/sign-in" if wanted == "/" else "/sign-in?next=" + quote(wanted, safe="/")
    return RedirectResponse(target, 303, {"Cache-Control": "no-store"})


async def _refused(receive: Receive, send: Send, code: int) -> None:
    """Close a websocket before it opens; the server turns that into HTTP 403."""
    await receive()
    await send({"type": "websocket.close", "code": code})
