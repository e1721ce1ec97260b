"""Whether a wrong zone shows: by work on orders that, as it is written, was done before anybody asked for it.

A node whose times are some hours early, on orders that had been released for longer than that, cannot be told from one that
reports late.
"""

from collections.abc import Iterable

from app.demo.world.hours import MINUTE
from app.demo.world.order import Fact

#: Two clocks may differ by so much.
_APART = 5 * MINUTE


def shows(source: str, facts: Iterable[Fact], now: int) -> bool:
    """Whether by `now` a source had told of any order that it worked on it before it was released."""
    known = [fact for fact in facts if fact.copies and fact.arrives <= now and "fo" in fact.keys]
    asked = {(fact.so, fact.keys["fo"]): fact.at for fact in known if fact.type == "order.released"}
    return any(
        fact.source == source and fact.written_at + _APART < asked.get((fact.so, fact.keys["fo"]), 0) for fact in known
    )
