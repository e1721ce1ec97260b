"""The server: one process, one ASGI app on two ports, the engine and the inbox in threads beside it."""

import asyncio
import json
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio.to_thread
import uvicorn
from apscheduler.schedulers.background import BackgroundScheduler
from fastapi import FastAPI

from app import clock
from app.cases import current
from app.engine.trials import Trials
from app.errors import NotFound, WrongUse
from app.main.backtesting import ruling
from app.main.feeding import Feeding
from app.main.heap import settled
from app.main.house import House
from app.main.inbox import Inbox
from app.main.live import Live
from app.web.auth.tokens import add_token, disable_token
from app.web.parts import Parts
from app.web.replaying import Replays
from app.web.ruling import Ruling
from app.web.saying import Ties
from app.web.server import asgi
from collectors import COLLECTORS
from collectors.otlp.calls import answering
from dashboards.context import Context
from dashboards.shell import build, warm
from dashboards.static import Static

log = logging.getLogger(__name__)
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def app_of(house: House) -> FastAPI:
    """The ASGI app with its pages; live figures run while it does."""
    live = Live(house)
    pages: list[Any] = []
    trials = Trials()
    rules = ruling(house, trials)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        for page in pages:
            await warm(page)
        beating = asyncio.create_task(live.run())
        async with answering(app, house.settings.server):
            yield
        beating.cancel()
        await anyio.to_thread.run_sync(trials.close)

    parts = Parts(
        house.settings,
        house.reader,
        house.cases,
        house.board,
        house.intake,
        COLLECTORS,
        house.readiness,
        rules,
        house.answered,
    )
    return asgi(parts, lambda app: pages.append(build(app, _context(house, live, rules))), Static, lifespan)


def serve(house: House, ready: Any = None) -> None:
    """Run until interrupted. `ready(url)` is called when the ports answer."""
    server = house.settings.server
    check(house)
    feeding = Feeding(house.settings, house.intake)
    sockets = [_bound(server.host, port) for port in (server.port, *([server.otlp_port] if server.otlp_port else []))]
    if server.grpc_port:
        _bound(server.host, server.grpc_port).close()  # gRPC binds its port itself, and would fail with less to say
    url = f"http://{server.host}:{sockets[0].getsockname()[1]}"
    inbox, jobs = Inbox(house.settings, house.intake, house.reader), _jobs(house)
    note = _note(house, url)
    house.engine.start()
    inbox.start()
    jobs.start()
    feeding.start(jobs)
    config = uvicorn.Config(
        app_of(house),
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=3,
        ws_max_size=2**20,
        server_header=False,
    )
    _end_in_order()
    try:
        if ready:
            ready(url)
        settled()
        uvicorn.Server(config).run(sockets=sockets)
    finally:
        _forget(house, note)
        note.unlink(missing_ok=True)
        jobs.shutdown(wait=False)
        feeding.stop()
        inbox.stop()


def _end_in_order() -> None:
    """What stops a service (SIGTERM) ends it like a person's Ctrl-C: uvicorn closes, then hands the signal on to us.

    Without a handler of ours that ends the process at once, before feeds and inbox have let go of what they hold.
    """
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(0))


def check(house: House) -> None:
    """Refuse what would let strangers write."""
    server = house.settings.server
    if server.open_loopback and server.host not in LOOPBACK:
        raise WrongUse("server.open_loopback is on, but the host is not a loopback address", "Turn one of them off.")


def _context(house: House, live: Live, rules: Ruling) -> Context:
    settings = house.settings
    teams = {route.team for route in settings.routes if route.team} | {rule.owner for rule in house.rules}
    return Context(
        reader=house.reader, cases=house.cases, board=house.board, live=live, whoami=current.get,
        slas=lambda: _slas(house), partners={code: p.name or code for code, p in settings.partners.items()},
        teams=tuple(sorted(teams - {"partner"})), ties=Ties(house.reader, house.intake),
        answered=house.answered, replays=Replays(house.reader, house.intake, settings.sources, COLLECTORS), rules=rules,
    )  # fmt: skip


def _slas(house: House) -> list[dict[str, Any]]:
    unrated = house.engine.ticker.unrated
    why = "No declared source sends what would stop this clock."
    return [
        d | {"rated": d["id"] not in unrated, "unrated_reason": why if d["id"] in unrated else ""}
        for d in house.definitions
    ]


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as fault:
        raise WrongUse(
            f"{host}:{port} cannot be used: {fault.strerror}", "Choose another with --port, or stop what uses it."
        ) from None
    listening.listen(2048)
    listening.set_inheritable(True)
    return listening


def _jobs(house: House) -> BackgroundScheduler:
    """What recurs by the minute or longer."""
    jobs = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
    jobs.add_job(house.cases.tidy, "interval", minutes=1, id="tidy")
    jobs.add_job(house.look_at_rules, "interval", minutes=1, id="rules")
    jobs.add_job(house.intake.forget_raw, "interval", hours=6, args=[house.settings.retention.raw_days], id="retention")
    return jobs


def _note(house: House, url: str) -> Path:
    """Where commands find the running server, and a token that lets them in; readable by its owner only."""
    name = f"command-line {clock.wall():%Y%m%dT%H%M%S.%f} {os.getpid()}"
    note = house.settings.data / "server.json"
    if note.is_file():
        _forget(house, note)
    token = add_token(house.cases.store, name, ["ingest:*", "backfill", "read", "act", "admin"])
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump({"url": url, "token": token, "name": name, "pid": os.getpid()}, out)
    return note


def _forget(house: House, note: Path) -> None:
    """End the token that a server left for commands, now or when it had ended without a word."""
    try:
        disable_token(house.cases.store, json.loads(note.read_text())["name"])
    except (ValueError, KeyError, OSError, NotFound):
        log.warning("The token named in %s could not be ended", note)
