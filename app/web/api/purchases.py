"""Purchase orders: the list, and one by any spelling of its number."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, SortBy, Text, several, sorted_by
from app.web.api.times import Then, Timed, listing_of, named, reader_of
from app.web.parts import asked

_SEVERAL = ("supplier", "stage", "location", "entity", "code", "match")


class Wanted(Timed):
    """What purchase orders may be asked for. `late`: confirmed or needed by now, and not received."""

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
        where, order = said.where(), sorted_by(said.sort)
        return await listing_of(
            reader, said.then, said.limit, said.cursor, lambda past, *at: past.purchases(where, order, *at)
        )

    @made.get(
        "/purchase-orders/{key:path}",
        summary="One purchase order with its lines and the orders that wait for it",
        responses={300: {"model": shapes.Problem, "description": "The number means more than one purchase order"}},
    )
    async def one(key: str, then: Then) -> Response:
        now = then.now if then else clock.instant()
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        return Answer(await asked(lambda: past.purchase(key, now)) | named(then))

    return made
