"""Which number of a source that numbers what it sends was missed, and for how long."""

from collections.abc import Iterable, Iterator

from app.demo.world.hours import MINUTE
from app.demo.world.order import Fact
from app.demo.world.stage import NUMBERED, Expected

#: A number that comes this much later than one behind it has only been overtaken.
_GRACE = 5 * MINUTE


def holes(facts: Iterable[Fact], now: int) -> Iterator[Expected]:
    """From when a later number had come and the grace was over, until the number came."""
    next_at: int | None = None
    numbered = [fact for fact in facts if fact.source == NUMBERED and "sequence" in fact.data]
    for fact in sorted(numbered, key=lambda one: -int(one.data["sequence"])):
        if next_at is not None and next_at + _GRACE < min(fact.arrives, now):
            until = fact.arrives if fact.arrives <= now else None
            yield Expected("sequence_gap", "", next_at + _GRACE, until, "F40", NUMBERED)
        next_at = fact.arrives if next_at is None else min(next_at, fact.arrives)
