"""The register of interfaces, and what came of comparing full extracts."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.cases import Cases
from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Whole, page, part
from app.web.parts import Row, asked

Source = Annotated[str, Query(description="Only of this source.")]


def router(reader: Reader, cases: Cases) -> APIRouter:
    """`/register` and `/extracts`."""
    made = APIRouter(tags=["interfaces"], responses=shapes.FAILS)

    @made.get("/register", summary="Every interface, as declared and as it does", response_model=shapes.Listing)
    async def listed(limit: Whole = 1000, cursor: Cursor = "") -> Response:
        now = clock.instant()
        rows = await asked(lambda: reader.register(cases.opened_by_system(now), now))
        return part(rows, limit, cursor, as_of=now)

    @made.get("/extracts", summary="The newest full extracts and their differences", response_model=shapes.Listing)
    async def compared(source: Source = "", limit: Limit = 20, cursor: Cursor = "") -> Response:
        return await page(lambda at, n: _compared(reader, source, at, n), limit, cursor)

    return made


def _compared(reader: Reader, source: str, offset: int, limit: int) -> tuple[list[Row], int]:
    rows, total = reader.extracts_page(source, offset, limit)
    return [row | {"report": json.loads(row["report"])} for row in rows], total
