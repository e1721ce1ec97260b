"""How answers are written: JSON with instants in Z and money as text, and CSV in which nothing runs."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from starlette.responses import JSONResponse

from app import clock
from app.store.export.spreadsheet import neutral


def plain(content: Any) -> Any:
    """What an answer says once it was sent and read: only text, numbers, lists and objects."""
    return json.loads(json.dumps(content, default=_written, allow_nan=False))


class Answer(JSONResponse):
    """JSON by the contract's rules, whatever the store handed over."""

    def render(self, content: Any) -> bytes:
        """Bytes of the JSON; instants by `clock.written`, Decimal as text."""
        text = json.dumps(content, default=_written, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return clock.written(value)
    if isinstance(value, date | Decimal):
        return str(value)
    if isinstance(value, set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON")


def csv_head(columns: Sequence[str]) -> str:
    """The first line, after the mark by which spreadsheets know UTF-8."""
    return "\ufeff" + csv_lines([dict(zip(columns, columns, strict=True))], columns)


def csv_lines(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> str:
    """Rows as CSV: text quoted, numbers bare, no cell that a spreadsheet would run."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerows([_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def _cell(value: Any) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return clock.written(value) or ""
    return neutral(value if isinstance(value, str) else str(value))
