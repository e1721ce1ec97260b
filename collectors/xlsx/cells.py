"""What a cell of a workbook says, as text: dates as ISO 8601, numbers without the noise of floating point."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from collectors import reading
from collectors.document import Unread

#: A workbook keeps 15 digits of a number; of a longer one the rest is zeros that nobody wrote.
_DIGITS = 10**15


def text(value: Any, kind: str, decimal: str) -> str:
    """A cell as text; "" for an empty one. Raises Unread for what is damaged."""
    if value is None:
        return ""
    if kind == "e":
        raise Unread("bad_cell", f"the cell holds the error {str(value)[:20]}")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number(value).replace(".", decimal)
    return _time(value) if isinstance(value, date | time | timedelta) else str(value).strip()


def number(value: float) -> str:
    """A number by the 15 digits that a workbook keeps, and 6 decimals. Raises Unread for one that had more digits."""
    if abs(value) >= _DIGITS:
        raise Unread("damaged_number", "a number of more than 15 digits has lost some; make the column text")
    exact = str(value) if isinstance(value, int) else format(value, ".15g")
    return reading.plain(exact) or reading.plain(format(Decimal(exact), ".6f")) or exact


def _time(value: date | time | timedelta) -> str:
    """A date, a date with a time of day where it has one, or a time of day."""
    if isinstance(value, datetime) and value.time() == time():
        return value.date().isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return value.isoformat()
