"""Rows of a database or of a web service as the text that the `csv` wire reads: exact, with every value told plainly."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from app.errors import WrongUse
from app.settings import Source
from collectors.mapped.language import Mapping, load


def mapping_of(source: Source) -> Mapping:
    """The mapping that reads the rows of a source. Raises WrongUse where it expects what rows are not written in."""
    mapping = load(source)
    if mapping.encoding != "utf-8" or mapping.decimal != ".":
        raise WrongUse(
            f"mapping {source.mapping!r}: fetched rows are UTF-8 with a decimal point",
            "Leave `encoding` and `decimal` out of the mapping.",
        )
    return mapping


def csv_text(names: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str) -> bytes:
    """A header and one line per row."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=delimiter, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def cell(value: Any) -> str:
    """A value as text: nothing for NULL, all digits of a number, ISO 8601 for times, JSON for what is nested."""
    if value is None:
        return ""
    return next((write for kinds, write in _WRITTEN if isinstance(value, kinds)), str)(value)


def _number(value: float | Decimal) -> str:
    """Without an exponent; a float as the shortest text that means it."""
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return format(exact, "f") if exact.is_finite() else str(exact)


def _text(value: bytes) -> str:
    """Bytes as the text they are, else in hexadecimal digits."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.hex()


#: How values of each kind are written; the first that fits counts. A bool is a number too, so it stands before them.
_WRITTEN: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((bool,), lambda value: "true" if value else "false"),
    ((float, Decimal), _number),
    ((datetime, date, time), lambda value: str(value.isoformat())),
    ((bytes, bytearray, memoryview), lambda value: _text(bytes(value))),
    ((list, tuple, dict), lambda value: json.dumps(value, default=str)),
)
