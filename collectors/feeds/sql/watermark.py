"""A watermark: how it is kept between runs, and how far before it the next run begins."""

import re
from datetime import date, datetime, timedelta
from decimal import ROUND_FLOOR, Context, Decimal
from typing import Any

from app.errors import WrongUse

_DAY = 86_400
#: Kinds that JSON has no type for: how each is read from its text. A datetime is a date too, so it is asked first.
_KINDS: dict[str, tuple[type, Any]] = {
    "datetime": (datetime, datetime.fromisoformat),
    "date": (date, date.fromisoformat),
    "decimal": (Decimal, Decimal),
}


def written(value: Any) -> Any:
    """A watermark as JSON: itself, or its kind and text."""
    for kind, (python, _) in _KINDS.items():
        if isinstance(value, python):
            return {kind: str(value)}
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongUse(f"A {type(value).__name__} is no watermark.", "Name a column of times, dates, numbers or text.")
    return value


def read(kept: Any) -> Any:
    """The watermark that `written` has written."""
    if not isinstance(kept, dict):
        return kept
    [(kind, text)] = kept.items()
    return _KINDS[kind][1](text)


def given(text: str) -> Any:
    """The watermark that a person wrote under `start`: a number, else text that the database understands, or None."""
    return int(text) if re.fullmatch(r"-?[0-9]{1,18}", text) else text or None


def earlier(value: Any, overlap: int) -> Any:
    """So much before a watermark: seconds of a time, whole days of a date, units of a number."""
    if not overlap:
        return value
    try:
        if isinstance(value, datetime):
            return value - timedelta(seconds=overlap)
        if isinstance(value, date):
            return value - timedelta(days=-(-overlap // _DAY))
    except OverflowError:
        return value
    if isinstance(value, Decimal):  # of more digits than a result has, the end is cut off and never rounded up
        return Context(rounding=ROUND_FLOOR).subtract(value, Decimal(overlap))
    return _earlier_text(value, overlap) if isinstance(value, str) else value - overlap


def _earlier_text(value: str, overlap: int) -> str:
    """A time that is kept as text, cut to the second: a shorter text comes before every longer one that begins so."""
    try:
        before = datetime.fromisoformat(value) - timedelta(seconds=overlap)
    except (ValueError, OverflowError):
        raise WrongUse(
            f"The watermark {value[:40]!r} is text and no time.", "Set `overlap: 0`, or name another column."
        ) from None
    return before.isoformat(sep="T" if value[10:11] == "T" else " ")[: min(len(value), 19)]
