"""Links by hand: tie an event or a number to an order or part them, take it back, and see what waits for an order."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.cases.identity import acting
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, page
from app.web.api.times import Then, named, reader_of
from app.web.parts import asked
from app.web.saying import Ties

Reason = Annotated[str, Query(min_length=1, max_length=1000, description="Why it is taken back.")]


class Said(BaseModel):
    """A person's word: this event, or this number, belongs to that order or does not; or that order is not this one."""

    model_config = ConfigDict(extra="forbid")
    act: Literal["link", "cut", "distinct"]
    order: shapes.Name = Field(description="Any key of the order.")
    event_id: shapes.Name = ""
    key: shapes.Name = Field(
        "", description="A number with its type, such as `tr:ups:1Z9`; for `distinct`, any of the other order."
    )
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


def router(reader: Reader, ties: Ties) -> APIRouter:
    """`/links` and `/unmatched`."""
    made = APIRouter(tags=["links"], responses=shapes.FAILS)

    @made.post(
        "/links",
        summary="Link an event or a number to an order, cut it from one, or call two orders distinct",
        status_code=201,
    )
    async def say(said: Said) -> Response:
        who = acting()
        link = await asked(lambda: ties.say(said.act, said.order, said.event_id, said.reason, who, said.key))
        return Answer({"id": link} | said.model_dump() | {"person": who.actor}, status_code=201)

    @made.delete("/links/{link_id}", summary="Take a link or cut back")
    async def undo(link_id: str, reason: Reason) -> Response:
        who = acting()
        await asked(lambda: ties.undo(link_id, reason, who))
        return Answer({"id": link_id, "undone": True, "reason": reason, "person": who.actor})

    @made.get("/unmatched", summary="Events that wait for an order", response_model=shapes.Listing)
    async def unmatched(then: Then, limit: Limit = 100, cursor: Cursor = "") -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        upto = then.now if then else None
        return await page(lambda at, n: past.unmatched(at, n, upto), limit, cursor, **named(then))

    return made
