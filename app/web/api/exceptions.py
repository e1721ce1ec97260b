"""Exceptions: lists, one with its history, and what people do about them."""

import re
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Header, Query
from pydantic import Field
from starlette.responses import Response

from app import clock
from app.cases import Board, Cases, Identity
from app.cases.identity import acting, reading
from app.cases.past import listed as stood
from app.cases.past import unhandled
from app.cases.queries import DEFAULT_SORT
from app.errors import BadInput
from app.store.past import Times
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Limit, Several, SortBy, Text, listing, page, several, sorted_by, spreadsheet
from app.web.api.times import Timed, named, reader_of
from app.web.parts import asked
from app.web.problems import NoVersion

_VERSION = re.compile(r'(?:W/)?"(\d{1,18})"|(\d{1,18})')
COLUMNS = (
    "so", "severity", "code", "cause", "stage", "customer", "partner", "system", "owner", "team", "status", "value",
    "currency", "since", "due_at", "promised_at", "opened_at", "acknowledged_by", "subject", "order_id", "case_id",
)  # fmt: skip


class Filter(Timed):
    """What `GET /exceptions` may be asked for. `owner=me` means every name of whoever asks."""

    status: Several = "open"
    code: Several = None
    owner: Several = None
    severity: Several = None
    partner: Several = None
    system: Several = None
    customer: Several = None
    condition: Several = None
    order: Text = None
    folded: bool = False
    q: Text = None
    sort: SortBy = DEFAULT_SORT
    limit: Limit = 100
    cursor: Cursor = ""

    def filters(self, who: Identity) -> dict[str, str]:
        """The filter without the paging, as the cases take it."""
        said = self.model_dump(exclude={"sort", "limit", "cursor", "folded", *Timed.model_fields}, exclude_none=True)
        return mine(said, who) | {"folded": "true" if self.folded else "false"}


class Sheet(Timed):
    """What `GET /exceptions.csv` may be asked for: the filters of the pages, and of their grid."""

    view: Literal["blocked", "late", "all"] = "all"
    severity: Several = None
    system: Several = None
    owner: Several = None
    partner: Several = None
    code: Several = None
    status: Several = None
    stage: Several = None
    customer: Several = None
    q: Text = None
    grid: Annotated[str, Field(max_length=10_000, description="A grid's filter model, as JSON.")] = ""
    sort: SortBy = ""

    def where(self, who: Identity) -> dict[str, Any]:
        """The filter as the store takes it."""
        said = mine(self.model_dump(exclude={"view", "q", "grid", "sort", *Timed.model_fields}, exclude_none=True), who)
        return {name: several(value) for name, value in said.items()} | {"q": self.q, "grid": _model(self.grid)}


def mine(said: dict[str, str], who: Identity) -> dict[str, str]:
    """`owner=me` as the names of whoever asks."""
    return said | {"owner": ",".join(who.mine)} if said.get("owner") == "me" else said


def router(reader: Reader, cases: Cases, board: Board) -> APIRouter:
    """`/exceptions` and what is below it."""
    made = APIRouter(tags=["exceptions"], responses=shapes.FAILS)
    _reads(made, reader, cases)
    _csv(made, reader, board)
    _acts(made, cases)
    return made


def _reads(made: APIRouter, reader: Reader, cases: Cases) -> None:
    @made.get("/exceptions", summary="Exceptions by filter", response_model=shapes.Cases)
    async def listed(said: Annotated[Filter, Query()]) -> Response:
        filters, then = said.filters(reading()), said.then
        if then:
            return await _then(reader, filters, said, then)
        rows, after, total = await asked(lambda: cases.list(filters, said.sort, said.limit, said.cursor))
        return listing(rows, after, total)

    @made.get("/exceptions/{case_id}", summary="One exception with history, evidence and similar ones")
    async def one(case_id: str) -> Response:
        return _tagged(await asked(lambda: _weighed(reader, cases.one(case_id))))


async def _then(reader: Reader, filters: dict[str, str], said: Filter, then: Times) -> Response:
    """The exceptions that stood at another time, each as it was raised."""
    unhandled(filters["status"])
    past = await reader_of(reader, then)
    if isinstance(past, Response):
        return past
    return await page(
        lambda at, n: stood(past.board(), filters, said.sort, at, n), said.limit, said.cursor, **named(then)
    )


def _weighed(reader: Reader, case: dict[str, Any]) -> dict[str, Any]:
    """The exception with what its clock has cost so far, and what it endangers."""
    now = clock.instant()
    risk = reader.endangered_by(case, now)
    return case | {"penalties": reader.penalty_of(case, now)} | ({"endangered": risk} if risk else {})


def _csv(made: APIRouter, reader: Reader, board: Board) -> None:
    @made.get("/exceptions.csv", summary="Open exceptions with their orders, for a spreadsheet")
    async def table(said: Annotated[Sheet, Query()]) -> Response:
        where, order, then = said.where(reading()), sorted_by(said.sort), said.then
        if then and said.status:
            unhandled(said.status)
        past = await reader_of(reader, then)
        if isinstance(past, Response):
            return past
        frame = await asked(past.board if then else board.frame)
        return await spreadsheet(
            "exceptions", COLUMNS, lambda at, n: past.blocked(frame, said.view, where, order, at, n)
        )


def _acts(made: APIRouter, cases: Cases) -> None:
    @made.post("/exceptions/bulk", summary="The same action on many exceptions", responses=shapes.FAILS)
    async def bulk(said: shapes.Bulk) -> Response:
        who = acting()
        results = await asked(lambda: _many(cases, said, who))
        done = sum(bool(one["ok"]) for one in results)
        counts = {"done": done, "failed": len(results) - done, "dry_run": said.dry_run}
        return listing(results, None, len(results), **counts)

    @made.post(
        "/exceptions/{case_id}/{action}",
        summary="Change an exception",
        response_model=shapes.Case,
        responses=shapes.ACTION_FAILS,
    )
    async def act(
        case_id: str,
        action: shapes.Action,
        said: shapes.Saying | None = None,
        if_match: Annotated[str | None, Header(description='The version seen, as "3".')] = None,
    ) -> Response:
        who, seen = acting(), version_of(if_match)
        words = said.words() if said else {}
        return _tagged(await asked(lambda: cases.act(case_id, action, seen, who, "api", **words)))


def _many(cases: Cases, said: shapes.Bulk, who: Identity) -> list[dict[str, Any]]:
    named: list[tuple[str, int | None]] = [(one, None) for one in said.ids] + [(i.id, i.version) for i in said.items]
    if said.filter is not None:
        if named or said.expected is None:
            raise BadInput("A filter needs `expected`, and no ids beside it.", "Send the number that was on screen.")
        named = cases.chosen(mine(said.filter, who), said.expected)
    elif not named:
        raise BadInput("Which exceptions?", "Send `ids`, `items` with versions, or `filter` with `expected`.")
    return cases.bulk(named, said.action, who, dry_run=said.dry_run, **said.words())


def version_of(if_match: str | None) -> int:
    """The version in an If-Match header: `"3"`, `3` or `W/"3"`."""
    if not if_match:
        raise NoVersion("If-Match is missing.", 'Send the version you saw, as If-Match: "3".')
    found = _VERSION.fullmatch(if_match.strip())
    if not found:
        raise BadInput("If-Match names no version.", 'Send the version you saw, as If-Match: "3".')
    return int(found[1] or found[2])


def _tagged(case: dict[str, Any]) -> Answer:
    return Answer(case, headers={"ETag": f'"{case["version"]}"'})


def _model(said: str) -> dict[str, Any] | None:
    """The filter model of a grid; the store checks its columns and values, and binds them."""
    try:
        model = msgspec.json.decode(said) if said else None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        model = ""
    if model is not None and not isinstance(model, dict):
        raise BadInput("`grid` is no filter model.", "Send the grid's filter model as a JSON object.")
    return model
