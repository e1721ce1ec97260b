"""A wire never raises. If one does, its message is kept whole as refused, so that it can be read again once that is mended."""

import logging

from app.contracts import Collector
from app.errors import OrderscopeError
from app.model.event import Message, Translation
from app.settings import Source
from collectors.reading import whole

log = logging.getLogger(__name__)


def translated(wire: Collector, message: Message, source: Source) -> Translation:
    """What a message says. Raises OrderscopeError as the wire does, where its source is declared wrongly."""
    try:
        return wire.translate(message, source)
    except OrderscopeError:
        raise
    except Exception as fault:  # whatever a message does to its wire
        return failed(message, fault)


def failed(message: Message, fault: Exception) -> Translation:
    """The refusal of a message that its wire could not bear."""
    log.error("%s: a message could not be translated", message.source or message.collector, exc_info=fault)
    why = fault.detail if isinstance(fault, OrderscopeError) else f"The wire failed: {fault!r}"
    return Translation(rejections=(whole("unreadable", why[:500], message.body),))
