"""Interfaces: how many calls, how many failed, how long they took, and what waits, from spans and from metrics."""

from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.errors import BadInput, NotFound
from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import instant, listing
from app.web.parts import Row, asked

_USUALLY, _AT_MOST = timedelta(hours=24), timedelta(days=31)
Since = Annotated[datetime | None, Query(alias="from", description="24 hours before `to` where it is not given.")]


def router(reader: Reader) -> APIRouter:
    """`/interfaces` and `/interfaces/{name}`."""
    made = APIRouter(tags=["interfaces"], responses=shapes.FAILS)

    @made.get("/interfaces", summary="Every interface over a time", response_model=shapes.Listing)
    async def listed(since: Since = None, to: datetime | None = None) -> Response:
        period = _period(since, to)
        rows = await asked(lambda: reader.interfaces(*period))
        return _told([{name: value for name, value in row.items() if name != "hour"} for row in rows], period)

    @made.get("/interfaces/{name}", summary="The interfaces of one source, by hour", response_model=shapes.Listing)
    async def one(name: str, since: Since = None, to: datetime | None = None) -> Response:
        period = _period(since, to)
        rows = await asked(lambda: reader.interfaces(*period, name, hourly=True))
        if not rows:
            raise NotFound(f"Nothing was measured of {name[:100]!r} in this time.", "See `GET /api/v1/interfaces`.")
        return _told(rows, period)

    return made


def _told(rows: list[Row], period: tuple[datetime, datetime]) -> Response:
    return listing(rows, None, len(rows), **{"from": period[0], "to": period[1]})


def _period(since: datetime | None, to: datetime | None) -> tuple[datetime, datetime]:
    """The time asked for; the last 24 hours where nothing is said."""
    until = instant(to) or clock.instant() + timedelta(seconds=1)
    begun = instant(since) or until - _USUALLY
    if not timedelta(0) < until - begun <= _AT_MOST:
        raise BadInput("`from` must lie before `to`, by at most 31 days.", "Ask for a shorter time.")
    return begun, until
