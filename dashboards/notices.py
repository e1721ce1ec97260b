"""What a person reads when something fails, and what the log keeps: a callback that breaks is never silent."""

import logging

from dash import set_props

from app.errors import OrderscopeError
from dashboards import acting

log = logging.getLogger(__name__)


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
    set_props("notes", {"sendNotifications": acting.note(text, "red", title)})
