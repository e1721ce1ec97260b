"""How every open tab hears of changes: one socket, one small message; figures are computed once for all tabs."""

import asyncio
from typing import Any

from dash import Input, Output, callback, ctx, dcc, set_props

from app import clock
from dashboards import context
from dashboards.context import Row
from dashboards.parts import Piece

#: A message at least this often, so that a tab can tell a quiet server from a lost one.
BEAT = 20.0


def stores() -> list[Piece]:
    """What the pages listen to: `live` beats, `version` changes only when something changed."""
    return [
        dcc.Store(id="live"),
        dcc.Store(id="version"),
        dcc.Store(id="clock", data={"frozen": frozen()}),
        dcc.Interval(id="minute", interval=60_000),
    ]


def frozen() -> str:
    """The instant at which the clock was stopped, as people read it; empty while it runs."""
    at = clock.frozen()
    return at.strftime("%Y-%m-%d %H:%M") if at else ""


def message(version: int, kpis: Row) -> Row:
    """What a tab is told."""
    return {"version": version, "kpis": kpis, "at": clock.wall().strftime("%H:%M:%S")}


def register() -> None:
    """The socket's callback, and the slow one for browsers without it."""

    @callback(websocket=True, persistent=True)
    async def listen() -> None:
        socket = ctx.websocket
        if socket is None:
            return
        live = context.here().live
        version, kpis = live.version, live.kpis
        while not socket.is_shutdown:
            set_props("live", {"data": message(version, kpis)})
            try:
                version, kpis = await asyncio.wait_for(live.wait(version), BEAT)
            except TimeoutError:
                version, kpis = live.version, live.kpis

    @callback(Output("live", "data", allow_duplicate=True), Input("minute", "n_intervals"), prevent_initial_call=True)
    async def poll(_minutes: int | None) -> Any:
        live = context.here().live
        return message(live.version, live.kpis)
