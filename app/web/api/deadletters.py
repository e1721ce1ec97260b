"""Dead letters: what could not be taken and why, a look inside, and the way to put it through again."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.cases.identity import acting
from app.contracts import Wanted
from app.errors import BadInput
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, Text, instant, page, several
from app.web.parts import asked
from app.web.replaying import Replays, chosen


class Filter(BaseModel):
    """Which dead letters."""

    source: Several = None
    reason: Several = None
    status: Literal["open", "closed", "all"] = "all"
    frm: Annotated[datetime | None, Query(alias="from", description="Arrived at or after this instant.")] = None
    to: Annotated[datetime | None, Query(description="Arrived before this instant.")] = None
    q: Text = None
    limit: Limit = 100
    cursor: Cursor = ""

    def where(self) -> dict[str, Any]:
        """The filter as the store takes it."""
        named = chosen(several(self.source), several(self.reason), instant(self.frm), instant(self.to))
        return named | {"status": self.status, "q": self.q}


class Replay(BaseModel):
    """What to put through again: letters by id (one of them perhaps edited), or all open ones that the filter means."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    ids: Annotated[list[shapes.Name], Field(max_length=1000)] = []
    source: shapes.Name = ""
    reason: shapes.Name = ""
    frm: Annotated[datetime | None, Field(alias="from")] = None
    to: datetime | None = None
    older: bool = Field(False, description="All kept messages of `source` that an older mapping has read.")
    after: int = Field(0, ge=0, description="`last` of the call before, while `left` is not 0.")
    body: str | None = Field(None, description="The message as it should have been; with exactly one id.")
    dry_run: bool = Field(False, description="Only say what would come of it.")
    why: Annotated[str, Field(max_length=1000)] = ""

    def wanted(self) -> Wanted:
        """The same for the replay."""
        some = (self.source,) if self.source else ()
        where = chosen(some, (self.reason,) if self.reason else (), instant(self.frm), instant(self.to))
        if not (self.ids or where or self.after):
            raise BadInput("Nothing says which letters.", "Send `ids`, `source` or `reason`.")
        if self.body is not None and len(self.ids) != 1:
            raise BadInput("An edited message belongs to one letter.", "Send exactly one of `ids` with `body`.")
        return Wanted(where | {"after": self.after}, tuple(self.ids), self.older, self.why, self.dry_run)


def router(reader: Reader, replays: Replays) -> APIRouter:
    """`/dead-letters`."""
    made = APIRouter(tags=["dead letters"], responses=shapes.FAILS)

    @made.get("/dead-letters", summary="Rejected messages, newest first", response_model=shapes.Listing)
    async def listed(said: Annotated[Filter, Query()]) -> Response:
        where = said.where()
        return await page(lambda at, n: reader.dead_letters(where, at, n), said.limit, said.cursor)

    @made.get("/dead-letters/{letter}", summary="One of them: its message around the fault, and what was done")
    async def one(letter: str) -> Response:
        return Answer(await asked(lambda: reader.dead_letter(letter)))

    @made.post("/dead-letters/replay", summary="Put rejected messages through again, or say what would come of it")
    async def replay(said: Replay) -> Response:
        who, wanted = acting(), said.wanted()
        if said.body is None:
            return Answer(await asked(lambda: replays.many(wanted, who)))
        return Answer(await asked(lambda: replays.edited(said.ids[0], str(said.body), wanted, who)))

    return made
