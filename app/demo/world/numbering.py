"""Which number of a source that numbers what it sends was missed, and for how long."""

from collections.abc import Iterable, Iterator
from itertools import accumulate

from app.demo.world.hours import MINUTE
from app.demo.world.order import Fact
from app.demo.world.stage import NUMBERED, Expected

#: A number that comes this much later than one behind it has only been overtaken.
_GRACE = 5 * MINUTE


def holes(facts: Iterable[Fact], now: int) -> Iterator[Expected]:
    """From when a later number had come and the grace was over, until the number came.

    Nobody knows at which number a source has begun: what is missing before the first that came is no hole.
    """
    numbered = [fact for fact in facts if fact.source == NUMBERED and "sequence" in fact.data]
    numbered.sort(key=lambda one: int(one.data["sequence"]))
    begun = list(accumulate((fact.arrives for fact in numbered), min))
    later = list(accumulate((fact.arrives for fact in reversed(numbered)), min))[::-1]
    for before, fact, after in zip(begun, numbered[1:], later[2:], strict=False):
        since = max(before, after) + _GRACE
        if since < min(fact.arrives, now):
            yield Expected("sequence_gap", "", since, fact.arrives if fact.arrives <= now else None, "F40", NUMBERED)
