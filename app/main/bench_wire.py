"""Benchmarks over a real socket: OTLP by gRPC, through the gate and the door, until it is on disk."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from app.main.house import House
from app.settings import Server
from app.web.parts import Parts
from app.web.server import asgi
from collectors import COLLECTORS
from collectors.otlp.calls import SERVICES, answering


def exported(house: House, bodies: list[bytes]) -> float:
    """Seconds until all requests of spans are answered, when they are sent all at once over one connection."""
    import grpc

    with _listening(house) as port, grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        export = channel.unary_unary(f"/{next(iter(SERVICES))}/Export")
        export(b"", wait_for_ready=True)
        began = time.perf_counter()
        for answer in [export.future(body) for body in bodies]:
            answer.result()
        return time.perf_counter() - began


@contextmanager
def _listening(house: House) -> Iterator[int]:
    """The port of a server in a thread of its own; it takes messages without a token, from this machine only."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    server = Server(grpc_port=port, open_loopback=True)
    settings = house.settings.model_copy(update={"server": server})
    app = asgi(Parts(settings, house.reader, house.cases, house.board, house.intake, COLLECTORS, house.readiness))
    begun, loop = threading.Event(), asyncio.new_event_loop()
    ended = asyncio.Event()

    async def run() -> None:
        async with answering(app, server):
            begun.set()
            await ended.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(run()), name="bench-grpc", daemon=True)
    thread.start()
    begun.wait()
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join()
        loop.close()
