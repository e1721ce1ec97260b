"""The API under `/api/v1`: one router per noun, each built from what it needs."""

from fastapi import APIRouter, Depends

from app.cases import Board, Cases
from app.cases.identity import reading
from app.store.reader import Reader
from app.web.api import deadletters, exceptions, kpis, orders, slas


async def may_read() -> None:
    """Everything below `/api/v1` needs at least the right to read."""
    reading()


def routers(reader: Reader, cases: Cases, board: Board) -> list[APIRouter]:
    """Every router of the API."""
    api = APIRouter(prefix="/api/v1", dependencies=[Depends(may_read)])
    for router in (
        exceptions.router(reader, cases, board),
        orders.router(reader, cases),
        slas.router(reader),
        kpis.router(reader),
        deadletters.router(reader),
    ):
        api.include_router(router)
    return [api]
