"""The figures at the head of the pages, and how often at risk came true."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import period
from app.web.api.times import Then, named, reader_of
from app.web.parts import Row, asked


def router(reader: Reader) -> APIRouter:
    """`/kpis`."""
    made = APIRouter(tags=["kpis"], responses=shapes.FAILS)

    @made.get("/kpis", summary="Orders open, blocked, late; exceptions nobody has taken; revenue at risk, penalties")
    async def figures(
        then: Then,
        since: Annotated[datetime | None, Query(alias="from")] = None,
        to: datetime | None = None,
        by: Annotated[
            Literal["", "partner", "customer", "owner", "sla"], Query(description="By what money is rolled up.")
        ] = "",
    ) -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now = then.now if then else clock.instant()
        money = period(since, to)
        rows = await asked(
            lambda: past.kpis(now) | {"at_risk_record": past.forecast(now)} | _money(past, now, money, by)
        )
        return Answer(rows | {"freshness": await asked(past.freshness)} | named(then) | {"as_of": now})

    return made


def _money(reader: Reader, now: datetime, period: tuple[datetime | None, datetime | None], by: str) -> Row:
    """Revenue at risk, and what missed clocks that fell due in the period cost."""
    cost = reader.penalties(now, *period, by)
    return {"revenue_at_risk": reader.revenue(now, by), "penalties": cost, "from": period[0], "to": period[1], "by": by}
