"""SLAs: what was promised, and how well it was kept, with numerator and denominator."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.errors import NotFound
from app.store.past import Times
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import instant, listing
from app.web.api.times import Then, named, reader_of
from app.web.parts import Row, asked


def router(reader: Reader) -> APIRouter:
    """`/slas` and `/slas/{id}`."""
    made = APIRouter(tags=["slas"], responses=shapes.FAILS)

    @made.get("/slas", summary="Every SLA with its attainment", response_model=shapes.Listing)
    async def listed(then: Then) -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now = then.now if then else clock.instant()
        rows = await asked(lambda: past.slas(now))
        fresh = await asked(past.freshness)
        return listing(rows, None, len(rows), freshness=fresh, **named(then) | {"as_of": now})

    @made.get("/slas/{sla}", summary="One SLA, by partner or day")
    async def one(
        sla: str,
        then: Then,
        since: Annotated[datetime | None, Query(alias="from")] = None,
        to: datetime | None = None,
        by: Literal["partner", "day", "partner_day", "none"] = "partner",
    ) -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now = then.now if then else clock.instant()
        return Answer(await asked(lambda: _one(past, sla, (instant(since), instant(to)), by, now)) | _known(then))

    return made


def _known(then: Times | None) -> Row:
    return {"known_at": then.known_at} if then else {}


def _one(reader: Reader, sla: str, period: tuple[datetime | None, datetime | None], by: str, now: datetime) -> Row:
    """The definition with the counts of the period, the rows by which it was asked, and what is left of its budget."""
    since, to = period
    found = next((row for row in reader.slas(now, since, to) if row["id"].lower() == sla.lower()), None)
    if found is None:
        raise NotFound(f"There is no SLA {sla[:50]!r}.", "See `GET /api/v1/slas`.")
    rows = reader.attainment(found["id"], since, to, by, now)
    fresh = reader.freshness()
    spent = reader.budget(found, now)
    return found | {"from": since, "to": to, "by": by, "rows": rows, "budget": spent, "freshness": fresh, "as_of": now}
