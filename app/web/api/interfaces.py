"""Interfaces: how many calls, how many failed, how long they took, what waits, and whether they get worse."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Annotated

import polars as pl
from fastapi import APIRouter, Query
from starlette.responses import Response

from app import clock
from app.errors import BadInput, NotFound
from app.model.interfaces import partner_of, subject
from app.store.reader import Reader
from app.web.api import shapes
from app.web.api.paging import Cursor, Whole, instant, part
from app.web.parts import Row, asked

_USUALLY, _AT_MOST = timedelta(hours=24), timedelta(days=31)
_BEGIN = datetime(1, 1, 1)
Since = Annotated[datetime | None, Query(alias="from", description="24 hours before `to` where it is not given.")]
#: Interfaces of a source whose endangered orders are told, those first that get worse.
_LOOKED_AT = 10
_SAID = ("verdict", "judged_at", "exceeds", "since", "detail", "rule", "exception")


def router(reader: Reader) -> APIRouter:
    """`/interfaces` and `/interfaces/{name}`."""
    made = APIRouter(tags=["interfaces"], responses=shapes.FAILS)

    @made.get("/interfaces", summary="Every interface over a time", response_model=shapes.Listing)
    async def listed(
        since: Since = None, to: datetime | None = None, limit: Whole = 1000, cursor: Cursor = ""
    ) -> Response:
        period = _period(since, to)
        rows = await asked(lambda: _standing(reader, reader.interfaces(*period), ""))
        plain = [{name: value for name, value in row.items() if name != "hour"} for row in rows]
        return part(plain, limit, cursor, **_said(period))

    @made.get(
        "/interfaces/{name}",
        summary="The interfaces of one source by hour, how they stand, and the orders that are endangered",
        response_model=shapes.Listing,
    )
    async def one(
        name: str, since: Since = None, to: datetime | None = None, limit: Whole = 1000, cursor: Cursor = ""
    ) -> Response:
        period = _period(since, to)
        rows = await asked(lambda: _standing(reader, reader.interfaces(*period, name, hourly=True), name))
        if not rows:
            raise NotFound(f"Nothing was measured of {name[:100]!r} in this time.", "See `GET /api/v1/interfaces`.")
        return part(rows, limit, cursor, verdicts=await asked(lambda: verdicts(reader, name)), **_said(period))

    return made


def verdicts(reader: Reader, source: str) -> list[Row]:
    """How each interface of a source stands, with its open exception and its endangered orders; the worst first."""
    now, cases = clock.instant(), _cases(reader.board())
    found = reader.verdicts(now, source)
    found.sort(
        key=lambda row: (row["verdict"] != "degrading", row["verdict"] != "watched", row["side"], row["interface"])
    )
    told: dict[tuple[str, str], Row] = {}
    for side, interface in list(dict.fromkeys((row["side"], row["interface"]) for row in found))[:_LOOKED_AT]:
        partner = partner_of(source, interface) or ""
        told[side, interface] = reader.endangered(source, side, interface, partner, now)
    return [
        row | {"exception": cases.get(_key(row)), "endangered": told.get((row["side"], row["interface"]))} for row in found
    ]  # fmt: skip


def _standing(reader: Reader, rows: list[Row], source: str) -> list[Row]:
    """Rows with how each interface stands now, its lag, and the oldest dead letter of its source."""
    cases, letters = _cases(reader.board()), reader.oldest_letters()
    looked = {_name(row): row | {"exception": cases.get(_key(row))} for row in reader.verdicts(clock.instant(), source)}
    taken = _taken(rows)
    nothing: Row = dict.fromkeys(_SAID)
    return [
        row | {name: looked.get(_name(row), nothing)[name] for name in _SAID} | {
            "lag_seconds": _lag(row, taken), "oldest_dead_letter_at": letters.get(row["source"], {}).get("oldest_at"),
            "dead_letters": letters.get(row["source"], {}).get("letters", 0),
        }
        for row in rows
    ]  # fmt: skip


def _taken(rows: Iterable[Row]) -> dict[tuple[str, datetime], float]:
    """How many messages of a queue its consumers take in a minute, as metrics count them, else spans."""
    found: dict[tuple[str, datetime], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row["side"] == "consumer":
            found[row["interface"], row["hour"]][row["measured_by"]] += row["calls_per_minute"] or 0
    return {place: rates.get("metrics") or rates.get("spans") or 0 for place, rates in found.items()}


def _lag(row: Row, taken: dict[tuple[str, datetime], float]) -> float | None:
    """How long what waits will wait at that pace, in seconds; None for no queue, and where nothing is taken."""
    rate = taken.get((row["interface"], row["hour"]))
    if row["side"] != "queue" or row["depth"] is None:
        return None
    return 0.0 if not row["depth"] else 60 * row["depth"] / rate if rate else None


def _cases(board: pl.DataFrame) -> dict[str, str]:
    """Subject -> the open exception that says that it gets worse."""
    if board.is_empty():
        return {}
    return dict(board.filter(subject_type="interface", code="interface_degrading").select("subject", "case_id").rows())


def _name(row: Row) -> tuple[str, str, str, str]:
    return row["source"], row["interface"], row["side"], row["measured_by"]


def _key(row: Row) -> str:
    return subject(row["source"], row["side"], row["interface"])


def _said(period: tuple[datetime, datetime]) -> Row:
    return {"from": period[0], "to": period[1]}


def _period(since: datetime | None, to: datetime | None) -> tuple[datetime, datetime]:
    """The time asked for; the last 24 hours where nothing is said."""
    until = instant(to) or clock.instant() + timedelta(seconds=1)
    begun = instant(since) or until - min(_USUALLY, until - _BEGIN)
    if not timedelta(0) < until - begun <= _AT_MOST:
        raise BadInput("`from` must lie before `to`, by at most 31 days.", "Ask for a shorter time.")
    return begun, until
