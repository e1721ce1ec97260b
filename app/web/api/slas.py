"""SLAs: what was promised, and how well it was kept, with numerator and denominator."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.cases.answered import ANSWERS, Answered
from app.errors import NotFound
from app.store.past import Times
from app.store.questions.penalties import BY
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Whole, part, period
from app.web.api.times import Then, named, reader_of
from app.web.parts import Row, asked


def router(reader: Reader, answered: Answered | None = None) -> APIRouter:
    """`/slas` and `/slas/{id}`."""
    made = APIRouter(tags=["slas"], responses=shapes.FAILS)

    @made.get("/slas", summary="Every SLA with its attainment", response_model=shapes.Listing)
    async def listed(then: Then, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now = then.now if then else clock.instant()
        told = then.told if then else None
        rows = await asked(lambda: past.slas(now) + (answered.slas(now, told=told) if answered else []))
        fresh = await asked(past.freshness)
        return part(rows, limit, cursor, freshness=fresh, **named(then) | {"as_of": now})

    @made.get("/slas/{sla}", summary="One SLA, by partner or day; S27 and S28 also by owner or severity")
    async def one(
        sla: str,
        then: Then,
        since: Annotated[datetime | None, Query(alias="from")] = None,
        to: datetime | None = None,
        by: Literal["partner", "owner", "severity", "day", "partner_day", "none"] = "partner",
    ) -> Response:
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        now, asked_for = then.now if then else clock.instant(), period(since, to)
        if answered and sla.upper() in ANSWERS:
            told = then.told if then else None
            row = await asked(lambda: _answers(answered, sla.upper(), asked_for, by, now, told))
            return Answer(row | {"freshness": await asked(past.freshness)} | _known(then))
        return Answer(await asked(lambda: _one(past, sla, asked_for, by, now)) | _known(then))

    return made


def _known(then: Times | None) -> Row:
    return {"known_at": then.known_at} if then else {}


def _answers(
    answered: Answered, sla: str, period: tuple[datetime | None, datetime | None], by: str, now: datetime,
    told: datetime | None,
) -> Row:  # fmt: skip
    """S27 or S28 in the same shape; they have no budget."""
    found = next(row for row in answered.slas(now, *period, told) if row["id"] == sla)
    rows = answered.attainment(sla, *period, by, now, told)
    return found | {"from": period[0], "to": period[1], "by": by, "rows": rows, "budget": None, "as_of": now}


def _one(reader: Reader, sla: str, period: tuple[datetime | None, datetime | None], by: str, now: datetime) -> Row:
    """The definition with the counts of the period, the rows by which it was asked, and what is left of its budget."""
    since, to = period
    found = next((row for row in reader.slas(now, since, to) if row["id"].lower() == sla.lower()), None)
    if found is None:
        raise NotFound(f"There is no SLA {sla[:50]!r}.", "See `GET /api/v1/slas`.")
    rows = reader.attainment(found["id"], since, to, by, now)
    fresh = reader.freshness()
    spent = reader.budget(found, now)
    told = {"from": since, "to": to, "by": by, "rows": rows, "budget": spent, "freshness": fresh, "as_of": now}
    return found | told | _money(reader, found["id"], period, by, now)


def _money(reader: Reader, sla: str, period: tuple[datetime | None, datetime | None], by: str, now: datetime) -> Row:
    """What is at risk on orders that miss this SLA now, and what its missed clocks cost."""
    risk = [row for row in reader.revenue(now, "sla")["rows"] if row["sla"] == sla]
    return {"value_at_risk": risk, "penalties": reader.penalties(now, *period, by if by in BY else "", sla)}
