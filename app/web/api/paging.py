"""Lists as every call gives them: `items`, `next`, `total`; and CSV as a stream of pages."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import Query
from starlette.responses import StreamingResponse

from app import clock
from app.errors import BadInput, Conflict
from app.web.answers import Answer, csv_head, csv_lines
from app.web.parts import Row, asked

Limit = Annotated[int, Query(ge=1, le=1000, description="Rows of one page.")]
#: Of lists that are short mostly, and told whole where they are.
Whole = Annotated[int, Query(ge=1, le=1000, description="Rows of one page; all that fit, where it is left out.")]
Cursor = Annotated[str, Query(max_length=2000, description="`next` of the page before.")]
SortBy = Annotated[str, Query(max_length=200, description="Columns, comma separated; `-` before one reverses it.")]
Text = Annotated[str | None, Query(max_length=500)]
Several = Annotated[str | None, Query(max_length=2000, description="One value or several, comma separated.")]

_CSV_PAGE = 5000
_CSV_ROWS = 1_000_000
PageOf = Callable[[int, int], tuple[list[Row], int]]


def listing(items: list[Any], after: str | None, total: int, **extra: Any) -> Answer:
    """A page of a list."""
    return Answer({"items": items, "next": after, "total": total} | extra)


async def page(question: PageOf, limit: int, cursor: str, **extra: Any) -> Answer:
    """A page of a list that is counted by offsets; the cursor hides the offset."""
    offset = offset_of(cursor)
    rows, total = await asked(lambda: question(offset, limit))
    return _page(rows, offset, total, extra)


def part(rows: list[Row], limit: int, cursor: str, **extra: Any) -> Answer:
    """A page of a list that is at hand whole."""
    offset = offset_of(cursor)
    return _page(rows[offset : offset + limit], offset, len(rows), extra)


def _page(rows: list[Row], offset: int, total: int, extra: Row) -> Answer:
    beyond = offset + len(rows)
    return listing(rows, cursor_of(beyond) if rows and beyond < total else None, total, **extra)


def cursor_of(offset: int) -> str:
    """The cursor that stands for an offset."""
    return base64.urlsafe_b64encode(f"o{offset}".encode()).decode().rstrip("=")


def offset_of(cursor: str) -> int:
    """The offset behind a cursor; raises BadInput for anything else."""
    if not cursor:
        return 0
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (ValueError, binascii.Error):
        text = ""
    if text[:1] != "o" or not text[1:].isdecimal() or int(text[1:]) > _CSV_ROWS * 1000:
        raise BadInput("This cursor belongs to another list.", "Begin again without `cursor`.")
    return int(text[1:])


def several(said: str | None) -> list[str]:
    """`a,b` -> ["a", "b"]."""
    return [part.strip() for part in (said or "").split(",") if part.strip()]


def sorted_by(said: str) -> list[tuple[str, str]]:
    """`-value,so` -> [("value", "desc"), ("so", "asc")]; the store knows which columns there are."""
    return [(name.lstrip("-"), "desc" if name.startswith("-") else "asc") for name in several(said)]


def instant(said: datetime | None) -> datetime | None:
    """A moment from a query as the stores hold it."""
    return clock.asked(said) if said else None


def period(since: datetime | None, to: datetime | None) -> tuple[datetime | None, datetime | None]:
    """The moments from which and up to which a call asks, as the stores hold them; raises Conflict where they are crossed."""
    if since and to and since > to:
        raise Conflict("`from` lies after `to`.", "Exchange the two.")
    return instant(since), instant(to)


async def spreadsheet(name: str, columns: tuple[str, ...], question: PageOf) -> StreamingResponse:
    """All rows as CSV, page by page, so that memory holds one page; before the first is there, nothing is answered."""
    first, _ = await asked(lambda: question(0, _CSV_PAGE))

    async def lines() -> AsyncIterator[str]:
        yield csv_head(columns) + csv_lines(first, columns)
        rows, offset = first, _CSV_PAGE
        while len(rows) == _CSV_PAGE and offset < _CSV_ROWS:
            rows, _ = await asked(lambda at=offset: question(at, _CSV_PAGE))  # type: ignore[misc]
            yield csv_lines(rows, columns)
            offset += _CSV_PAGE

    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8", headers=headers)
