"""The ASGI app: the API, the collectors' endpoints, sign-in, and what stands in front of them all."""

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from app.cases.repeats import Repeats
from app.web.answers import Answer
from app.web.api import health, inbound, routers
from app.web.auth.forms import forms
from app.web.auth.gate import Gate
from app.web.auth.registry import Registry
from app.web.door import HttpDoor
from app.web.guards import Bounded, Harden, OnlyOtlp, Watch
from app.web.hooks import Hooks
from app.web.parts import Parts
from app.web.problems import document, teach
from app.web.replaying import Replays

_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def asgi(
    parts: Parts, attach: Callable[[FastAPI], None] | None = None, static: Any = None, lifespan: Any = None
) -> FastAPI:
    """Build the app. `attach` puts the pages in, after our routes and inside the gate; `static` is the middleware that
    answers for files which are nobody's secret."""
    app = FastAPI(
        title="Orderscope",
        version="1",
        summary="Where each order stands, which are blocked, why, and who is on it.",
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        default_response_class=Answer,
        lifespan=lifespan,
    )
    registry = Registry(parts.cases.store, parts.settings.auth)
    app.state.registry = registry
    teach(app)
    hooks = Hooks(parts.settings, parts.collectors)
    _routes(app, parts, registry, hooks)
    if attach:
        attach(app)
    _guarded(app, parts, registry, hooks, static)
    return app


def _routes(app: FastAPI, parts: Parts, registry: Registry, hooks: Hooks) -> None:
    """Ours first, then a clear end for what is not there: pages answer everything that nobody else does."""
    settings = parts.settings
    door = HttpDoor(settings, parts.sink, Repeats(parts.cases.store), hooks)
    app.include_router(forms(registry, secure=settings.server.secure_cookies, hours=settings.auth.session_hours))
    app.include_router(health.router(parts.readiness, parts.cases, parts.board, door))
    for collector in parts.collectors:
        app.router.routes.extend(collector.routes(door))
    app.include_router(inbound.router(settings, door, parts.collectors))
    replays = Replays(parts.reader, parts.sink, settings.sources, parts.collectors)
    more = (parts.ruling, parts.answered)
    for router in routers(parts.reader, parts.cases, parts.board, parts.sink, replays, *more):
        app.include_router(router)
    for path in ("/api/{rest:path}", "/v1/{rest:path}"):
        app.add_api_route(path, _nothing, methods=_METHODS, include_in_schema=False)


async def _nothing(request: Request) -> Response:
    return document(404, "Not found", "There is nothing at this address.", "See /api/openapi.json.")


def _guarded(app: FastAPI, parts: Parts, registry: Registry, hooks: Hooks, static: Any) -> None:
    """The last added is the outermost: watch, harden, static files, port, size, gate."""
    server = parts.settings.server
    app.add_middleware(Gate, registry=registry, server=server, stranger=hooks.stranger)
    app.add_middleware(Bounded, limit=server.max_body)
    app.add_middleware(OnlyOtlp, port=server.otlp_port)
    if static:
        app.add_middleware(static)
    app.add_middleware(Harden)
    app.add_middleware(Watch)
