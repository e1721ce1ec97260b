"""Stock: what every system says of each position, and where they disagree."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, SortBy, several, sorted_by
from app.web.api.times import Timed, listing_of


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
        where, order = said.where(), sorted_by(said.sort)
        return await listing_of(
            reader, said.then, said.limit, said.cursor, lambda past, *at: past.positions(where, order, *at)
        )

    return made
