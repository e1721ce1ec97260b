"""Orders: the list, one by any of its keys, and what is known of it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response

from app.cases import Cases
from app.cases.identity import Identity, reading
from app.clock import aware
from app.store.past import PastOrder, Times
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.exceptions import mine
from app.web.api.paging import Cursor, Limit, Several, SortBy, Text, Whole, part, several, sorted_by, spreadsheet
from app.web.api.times import Then, Timed, listing_of, named, reader_of
from app.web.parts import Row, asked

COLUMNS = (
    "so", "customer", "stage", "blocked", "late", "partner", "carrier", "value", "currency", "promised_at", "first_at",
    "last_at", "delivered_at", "channel", "entity", "tier", "events", "order_id",
)  # fmt: skip
_SEVERAL = ("owner", "stage", "partner", "customer", "tier", "channel", "entity", "carrier", "kind", "region", "family")
_MARKS = ("blocked", "late", "at_risk", "diverged", "stuck", "silent")


class Wanted(Timed):
    """What a list of orders may be asked for. `owner=me` means every name of whoever asks."""

    stage: Several = None
    blocked: bool | None = None
    late: bool | None = None
    at_risk: bool | None = None
    diverged: bool | None = None
    stuck: bool | None = None
    silent: bool | None = None
    cause: Text = None
    partner: Several = None
    customer: Several = None
    tier: Several = None
    channel: Several = None
    entity: Several = None
    carrier: Several = None
    kind: Several = None
    region: Several = None
    family: Several = None
    owner: Several = None
    q: Text = None
    sort: SortBy = ""

    def where(self, who: Identity) -> dict[str, Any]:
        """The filter as the store takes it."""
        said = mine({name: value for name in _SEVERAL if (value := getattr(self, name))}, who)
        plain = {name: getattr(self, name) for name in (*_MARKS, "cause", "q")}
        chosen = {name: several(value) for name, value in said.items()}
        return {name: value for name, value in (plain | chosen).items() if value not in (None, [])}


class Paged(Wanted):
    """The same, page by page."""

    limit: Limit = 100
    cursor: Cursor = ""


def router(reader: Reader, cases: Cases) -> APIRouter:
    """`/orders` and what is below it. A key may hold slashes, so the longer paths come first."""
    made = APIRouter(tags=["orders"], responses=shapes.FAILS)
    _lists(made, reader)
    _below(made, reader, cases)
    _one(made, reader)
    return made


def _lists(made: APIRouter, reader: Reader) -> None:
    @made.get("/orders", summary="Orders by filter", response_model=shapes.Listing)
    async def listed(said: Annotated[Paged, Query()]) -> Response:
        where, order = said.where(reading()), sorted_by(said.sort)
        return await listing_of(
            reader, said.then, said.limit, said.cursor, lambda past, *at: past.orders(where, order, *at)
        )

    @made.get("/orders.csv", summary="Orders by filter, for a spreadsheet")
    async def table(said: Annotated[Wanted, Query()]) -> Response:
        then = said.then
        where, order, now = said.where(reading()), sorted_by(said.sort), then.now if then else None
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        return await spreadsheet("orders", COLUMNS, lambda at, n: past.orders(where, order, at, n, now))


def _below(made: APIRouter, reader: Reader, cases: Cases) -> None:
    @made.get("/orders/{key:path}/timeline", summary="What happened and what is due", response_model=shapes.Listing)
    async def timeline(key: str, then: Then, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        if then:
            return part(await asked(lambda: _past_timeline(_past(reader, key, then), cases)), limit, cursor)
        return part(await asked(lambda: _timeline(reader, cases, _id(reader, key))), limit, cursor)

    @made.get("/orders/{key:path}/links", summary="Why each event belongs to it", response_model=shapes.Listing)
    async def links(key: str, then: Then, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        rows = lambda: _past(reader, key, then).links if then else reader.links(_id(reader, key))  # noqa: E731
        return part(await asked(rows), limit, cursor)

    @made.get("/orders/{key:path}/traces", summary="Traces that touched it", response_model=shapes.Listing)
    async def traces(key: str, then: Then, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        rows = lambda: _past(reader, key, then).traces if then else reader.traces(_id(reader, key))  # noqa: E731
        return part(await asked(rows), limit, cursor)

    @made.get("/traces/{trace_id}", summary="The spans of one trace", response_model=shapes.Listing)
    async def trace(trace_id: str, limit: Whole = 1000, cursor: Cursor = "") -> Response:
        return part(await asked(lambda: reader.trace(trace_id)), limit, cursor)


def _one(made: APIRouter, reader: Reader) -> None:
    @made.get(
        "/orders/{key:path}",
        summary="One order by any key of any type",
        responses={300: {"model": shapes.Problem, "description": "The key means more than one order"}},
    )
    async def one(key: str, then: Then) -> Response:
        if then:
            return Answer((await asked(lambda: _past(reader, key, then))).order | named(then))
        return Answer(await asked(lambda: reader.order(key)))


def _past(reader: Reader, key: str, then: Times) -> PastOrder:
    return reader.past_order(key, then.as_of, then.known_at)


def _past_timeline(past: PastOrder, cases: Cases) -> list[Row]:
    """What had happened and was due, and what people had done, in one list."""
    until = aware(past.times.told)
    moves = [move for order_id in past.ids for move in cases.moves_of(order_id)]
    return _in_order([*past.timeline, *(m for m in moves if datetime.fromisoformat(m["at"]) <= until)])


def _timeline(reader: Reader, cases: Cases, order_id: str) -> list[Row]:
    """What happened, what is due, and what people did, in one list."""
    return _in_order([*reader.timeline(order_id), *cases.moves_of(order_id)])


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: datetime.fromisoformat(row["at"]))


def _id(reader: Reader, key: str) -> str:
    return reader.order_id(key)
