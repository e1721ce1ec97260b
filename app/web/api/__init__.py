"""The API under `/api/v1`: one router per noun, each built from what it needs."""

from fastapi import APIRouter, Depends

from app.cases import Board, Cases
from app.cases.answered import Answered
from app.cases.identity import reading
from app.contracts import Sink
from app.store.reader import Reader
from app.web.api import (
    deadletters,
    exceptions,
    export,
    interfaces,
    inventory,
    kpis,
    links,
    orders,
    purchases,
    register,
    rules,
    slas,
    sources,
    states,
)
from app.web.api.parameters import PREFIX, described
from app.web.replaying import Replays
from app.web.ruling import Ruling
from app.web.saying import Ties


async def may_read() -> None:
    """Everything below `/api/v1` needs at least the right to read."""
    reading()


def routers(
    reader: Reader,
    cases: Cases,
    board: Board,
    sink: Sink,
    replays: Replays,
    ruling: Ruling | None = None,
    answered: Answered | None = None,
) -> list[APIRouter]:
    """Every router of the API."""
    api = APIRouter(prefix=PREFIX, dependencies=[Depends(may_read), Depends(described)])
    for router in (
        exceptions.router(reader, cases, board),
        orders.router(reader, cases),
        slas.router(reader, answered),
        kpis.router(reader),
        deadletters.router(reader, replays),
        links.router(reader, Ties(reader, sink)),
        export.router(reader),
        states.router(),
        inventory.router(reader),
        interfaces.router(reader),
        sources.router(reader),
        register.router(reader, cases),
        purchases.router(reader),
        rules.router(ruling),
    ):
        api.include_router(router)
    return [api]
