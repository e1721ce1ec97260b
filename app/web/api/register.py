"""The register of interfaces, and what came of comparing full extracts."""

import json
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.cases import Cases
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.parts import asked

Source = Annotated[str, Query(description="Only of this source.")]
Limit = Annotated[int, Query(ge=1, le=1000)]


def router(reader: Reader, cases: Cases) -> APIRouter:
    """`/register` and `/extracts`."""
    made = APIRouter(tags=["interfaces"], responses=shapes.FAILS)

    @made.get("/register", summary="Every interface, as declared and as it does", response_model=shapes.Listing)
    async def listed() -> Response:
        now = clock.instant()
        rows = await asked(lambda: reader.register(cases.opened_by_system(now), now))
        return Answer({"items": rows, "next": None, "total": len(rows), "as_of": now})

    @made.get("/extracts", summary="The newest full extracts and their differences", response_model=shapes.Listing)
    async def compared(source: Source = "", limit: Limit = 20) -> Response:
        rows = await asked(lambda: reader.extracts(source, limit))
        items = [{**row, "report": json.loads(row["report"])} for row in rows]
        return Answer({"items": items, "next": None, "total": len(items)})

    return made
