"""Stock: what every system says of each position, and where they disagree."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, SortBy, page, several, sorted_by
from app.web.api.times import Timed, named, reader_of
from app.web.parts import asked


class Wanted(Timed):
    """What positions may be asked for. `drift=true`: only those on which warehouse and ERP differ."""

    sku: Several = None
    location: Several = None
    partner: Several = None
    code: Several = None
    drift: bool | None = None
    sort: SortBy = ""
    limit: Limit = 100
    cursor: Cursor = ""

    def where(self) -> dict[str, Any]:
        """The filter as the store takes it."""
        chosen = {name: several(getattr(self, name)) for name in ("sku", "location", "partner", "code")}
        return {name: value for name, value in chosen.items() if value} | {"drift": self.drift}


def router(reader: Reader) -> APIRouter:
    """`/inventory`."""
    made = APIRouter(tags=["inventory"], responses=shapes.FAILS)

    @made.get("/inventory", summary="Positions with age and drift per view", response_model=shapes.Listing)
    async def listed(said: Annotated[Wanted, Query()]) -> Response:
        then, where, order = said.then, said.where(), sorted_by(said.sort)
        now = then.now if then else clock.instant()
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        fresh = await asked(past.freshness)
        return await page(
            lambda at, n: past.positions(where, order, at, n, now),
            said.limit,
            said.cursor,
            freshness=fresh,
            **named(then),
        )

    return made
