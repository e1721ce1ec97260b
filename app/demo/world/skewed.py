"""Whether a wrong zone shows: by work on orders that, as it is written, was done before anybody asked for it.

A node whose times are some hours early, on orders that had been released for longer than that, cannot be told from one that
reports late.
"""

from collections.abc import Iterable

from app.demo.world.hours import HOUR
from app.demo.world.order import Fact

#: One order alone may have been asked for by telephone.
_ORDERS = 2


def shows(source: str, facts: Iterable[Fact], now: int) -> bool:
    """Whether by `now` a source had told of two orders that it worked on them an hour and more before they were released."""
    known = [fact for fact in facts if fact.copies and fact.arrives <= now and "fo" in fact.keys]
    asked = {(fact.so, fact.keys["fo"]): fact.at for fact in known if fact.type == "order.released"}
    early = {
        fact.so
        for fact in known
        if fact.source == source and fact.written_at + HOUR <= asked.get((fact.so, fact.keys["fo"]), 0)
    }
    return len(early) >= _ORDERS
