"""How new a record is, as a service writes it, and what the next run asks for."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from app.errors import OrderscopeError


def newest(found: list[Any], before: Any) -> Any:
    """The greatest of what records say and what was known, as it was written. None while nothing is known.

    Raises OrderscopeError for what is neither a time nor a number.
    """
    known = [one for one in (*found, before) if one is not None]
    return max(known, key=_order) if known else None


def asked(mark: Any, overlap: int, start: str) -> str:
    """What the parameter says: so much before the newest record, in its own way of writing; "" to leave it out."""
    if mark is None:
        return start
    if not isinstance(mark, str):
        return str(mark - overlap)
    if mark.isdecimal():
        return str(int(mark) - overlap)
    at = datetime.fromisoformat(mark)
    back = (at - timedelta(seconds=overlap)).isoformat()
    return back.replace("+00:00", "Z") if mark.endswith(("Z", "z")) else back


def _order(mark: Any) -> tuple[int, Any]:
    """Times among times and numbers among numbers."""
    if isinstance(mark, int | Decimal) and not isinstance(mark, bool):
        return 0, mark
    text = str(mark)
    if text.isdecimal() and len(text) < 30:
        return 0, int(text)
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise OrderscopeError(f"{text[:40]!r} is neither a time nor a number.", "Name another `since_field`.") from None
    return 1, at if at.tzinfo else at.replace(tzinfo=UTC)
