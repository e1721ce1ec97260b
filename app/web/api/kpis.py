"""The figures at the head of the pages."""

from fastapi import APIRouter
from starlette.responses import Response

from app import clock
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.times import Then, named, reader_of
from app.web.parts import asked


def router(reader: Reader) -> APIRouter:
    """`/kpis`."""
    made = APIRouter(tags=["kpis"], responses=shapes.FAILS)

    @made.get("/kpis", summary="Orders open, blocked, late; exceptions nobody has taken; value at risk")
    async def figures(then: Then) -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now = then.now if then else clock.instant()
        rows = await asked(lambda: past.kpis(now))
        return Answer(rows | {"freshness": await asked(past.freshness)} | named(then) | {"as_of": now})

    return made
