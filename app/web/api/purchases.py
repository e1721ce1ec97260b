"""Purchase orders: the list, and one by any spelling of its number."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from app import clock
from app.store.questions.procurement import purchase, purchases
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, SortBy, Text, page, several, sorted_by
from app.web.parts import asked

_SEVERAL = ("supplier", "stage", "location", "entity", "code", "match")


class Wanted(BaseModel):
    """What purchase orders may be asked for. `late`: confirmed or needed by now, and not received."""

    model_config = ConfigDict(extra="forbid")
    supplier: Several = None
    stage: Several = None
    location: Several = None
    entity: Several = None
    code: Several = None
    match: Several = None
    late: bool = False
    q: Text = None
    sort: SortBy = ""
    limit: Limit = 100
    cursor: Cursor = ""

    def where(self) -> dict[str, Any]:
        """The filter as the store takes it."""
        chosen = {name: several(getattr(self, name)) for name in _SEVERAL}
        return {name: value for name, value in chosen.items() if value} | {"late": self.late, "q": self.q}


def router(reader: Reader) -> APIRouter:
    """`/purchase-orders` and `/purchase-orders/{key}`."""
    made = APIRouter(tags=["purchase orders"], responses=shapes.FAILS)

    @made.get("/purchase-orders", summary="Purchase orders by filter", response_model=shapes.Listing)
    async def listed(said: Annotated[Wanted, Query()]) -> Response:
        now, where, order = clock.instant(), said.where(), sorted_by(said.sort)
        fresh = await asked(reader.freshness)
        return await page(
            lambda at, n: purchases(reader, where, order, at, n, now), said.limit, said.cursor, freshness=fresh
        )

    @made.get(
        "/purchase-orders/{key:path}",
        summary="One purchase order with its lines and the orders that wait for it",
        responses={300: {"model": shapes.Problem, "description": "The number means more than one purchase order"}},
    )
    async def one(key: str) -> Response:
        now = clock.instant()
        return Answer(await asked(lambda: purchase(reader, key, now)))

    return made
