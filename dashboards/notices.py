"""What a person reads when something fails, and what the log keeps: a callback that breaks is never silent."""

import logging
from typing import Any

from dash import set_props

from app import clock
from app.errors import OrderscopeError
from dashboards.context import Row

log = logging.getLogger(__name__)


def note(message: str, color: str = "green", title: str = "") -> list[Row]:
    """A toast; failures stay until they are closed."""
    stay: Any = 5000 if color == "green" else False
    at = f"note-{clock.wall().timestamp()}"
    shown = {"id": at, "action": "show", "message": message, "color": color, "autoClose": stay}
    return [shown | ({"title": title} if title else {})]


def failed(fault: Exception) -> None:
    """The handler of every exception in a callback: a known failure in its own words, another with its traceback."""
    if isinstance(fault, OrderscopeError):
        text, title = f"{fault.detail} {fault.mend}".strip(), fault.title
    else:
        log.error("a callback failed", exc_info=fault)
        text, title = (
            "This could not be done. The fault has been written to the log; try again.",
            "Something went wrong",
        )
    set_props("notes", {"sendNotifications": note(text, "red", title)})
