"""Rejected messages: what could not be taken, and why."""

from fastapi import APIRouter
from starlette.responses import Response

from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, page


def router(reader: Reader) -> APIRouter:
    """`/dead-letters`."""
    made = APIRouter(tags=["dead letters"], responses=shapes.FAILS)

    @made.get("/dead-letters", summary="Rejected messages, newest first", response_model=shapes.Listing)
    async def listed(limit: Limit = 100, cursor: Cursor = "") -> Response:
        return await page(reader.dead_letters, limit, cursor)

    return made
