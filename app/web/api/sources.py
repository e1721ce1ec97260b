"""Sources: how each stands, up to when it is complete, and what came of what it sent."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Whole, instant, part
from app.web.parts import asked

From = Annotated[datetime | None, Query(alias="from", description="Count from this hour on; 24 hours ago by default.")]
To = Annotated[datetime | None, Query(description="Count up to this hour; up to now by default.")]


def router(reader: Reader) -> APIRouter:
    """`/sources`."""
    made = APIRouter(tags=["sources"], responses=shapes.FAILS)

    @made.get("/sources", summary="Every source: state, watermark and counts", response_model=shapes.Listing)
    async def listed(frm: From = None, to: To = None, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        now = clock.instant()
        rows = await asked(lambda: reader.sources(now, instant(frm), instant(to)))
        return part(rows, limit, cursor, as_of=now)

    return made
