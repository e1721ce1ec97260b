"""What the tests of the wires share: reading a body, the folder of other people's data, a server that remembers."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse

from app import clock, settings
from app.contracts import Collector, Receipt, Refused
from app.errors import OrderscopeError
from app.model.event import EVENT, MENTION, METRIC, SPAN, Message, Translation
from app.settings import Source
from app.unpack import unpacked
from collectors import COLLECTORS
from collectors.otlp.calls import answering
from tests.guarantees.server import free_ports

RECEIVED = datetime(2026, 11, 24, 12)
WIRES = {collector.name: collector for collector in COLLECTORS}
Read = Callable[..., Translation]


def read(wire: str, body: bytes, media: str = "", source: Source | None = None, name: str = "src") -> Translation:
    """What a body says on a wire, having arrived at RECEIVED; its frames must have exactly the promised columns."""
    collector = WIRES[wire]
    message = Message(name, wire, media or collector.media, body, RECEIVED)
    said = collector.translate(message, source or Source(collector=wire))
    assert dict(said.events.schema) == EVENT
    assert dict(said.mentions.schema) == MENTION
    assert dict(said.spans.schema) == SPAN
    assert dict(said.metrics.schema) == METRIC
    return said


@pytest.fixture
def shared() -> Path:
    """The folder of data that other people wrote; it stands beside the project and is not part of it."""
    place = Path(os.environ.get("ORDERSCOPE_SHARED") or Path(__file__).parents[2].parent / "shared") / "data"
    if not place.is_dir():
        pytest.skip(f"{place} is not there; set ORDERSCOPE_SHARED to the folder of shared data")
    return place


@dataclass
class Remembering:
    """A door that reads, translates and remembers; `failing` makes it fail as a server may.

    What comes over the socket arrives now: real clients stamp what they send with the real time.
    """

    said: list[Translation] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    failing: OrderscopeError | None = None

    async def __call__(self, request: Any, collector: Collector, source: str = "") -> Receipt:
        body = unpacked(await request.body(), request.headers.get("content-encoding", ""), 64 * 2**20)
        if self.failing:
            raise self.failing
        body = collector.pack(dict(request.headers), body) if collector.pack else body
        message = Message(
            source, collector.name, request.headers.get("content-type", ""), body, clock.instant(clock.wall())
        )
        said = collector.translate(message, Source(collector=collector.name))
        self.messages.append(message)
        self.said.append(said)
        refused = tuple(Refused(one.item, one.native_id, one.reason, f"dl_{one.item}") for one in said.rejections)
        return Receipt(len(said.events) + len(said.spans) + len(said.metrics), 0, refused)


@dataclass
class Server:
    """A running server: where it listens, over HTTP and gRPC, and the door that remembers what came."""

    url: str
    grpc: str
    door: Remembering


@pytest.fixture
def server() -> Iterator[Server]:
    """The routes of every collector behind a real uvicorn on the loopback."""
    door = Remembering()

    def problem(request: Request, fault: Exception) -> JSONResponse:
        assert isinstance(fault, OrderscopeError)
        return JSONResponse({"detail": fault.detail}, status_code=fault.status)

    routes = [route for collector in COLLECTORS for route in collector.routes(door)]
    port = free_ports(1)[0]
    site = Starlette(
        routes=routes,
        exception_handlers={OrderscopeError: problem},
        lifespan=lambda app: answering(app, settings.Server(grpc_port=port, max_body=2**20)),
    )
    running = uvicorn.Server(uvicorn.Config(site, host="127.0.0.1", port=0, log_level="warning"))
    thread = threading.Thread(target=lambda: asyncio.run(running.serve()), daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
        thread.join(0.01)
    yield Server(f"http://127.0.0.1:{running.servers[0].sockets[0].getsockname()[1]}", f"127.0.0.1:{port}", door)
    running.should_exit = True
    thread.join(10)
