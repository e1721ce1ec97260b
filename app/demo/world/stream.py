"""A world in quick motion: orders of today whose lives pass many times faster, for somebody who looks on.

A stretch of a world is played as ever, from a Monday noon on; then its moments are brought nearer to each other, from an
instant of ours on. A promise stays as far away as it was made, and a wrong clock stays wrong by as much.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.demo.world import spells
from app.demo.world.faults import CATALOGUE, Fault
from app.demo.world.hours import HOUR, MINUTE
from app.demo.world.order import Fact
from app.demo.world.play import played
from app.demo.world.stage import Expected, Stage

#: When all of the company works: afternoon in Berlin, morning in New York, and Los Angeles opens.
_OPENING = 13
_DUE = ("promised_at", "need_by", "confirmed_at", "eta")
#: What shows only once it has lasted so long: motion makes no time shorter that the trade allows.
_SHOWS_AFTER = {"F18": 15 * MINUTE, "F19": 30 * MINUTE, "F37": 12 * HOUR}
#: Numbers of streams begin above those of a served world. One that begins after another has ended, having had fewer than ten
#: orders a minute, has higher ones; two at a time would share some.
_FIRST, _ROOM, _A_MINUTE = 400_000, 500_000, 10


@dataclass(frozen=True, slots=True)
class Struck:
    """A fault that shows at an order, or at a partner, from `at` on."""

    at: int
    fault: str
    code: str
    so: str
    subject: str

    @property
    def title(self) -> str:
        """What has gone wrong, in words."""
        return CATALOGUE[self.fault].title


@dataclass(frozen=True)
class Stream:
    """`stage` in quick motion: a moment of it is `origin` and the time since its start, divided by `speed`."""

    stage: Stage
    origin: int
    speed: float

    def when(self, moment: int) -> int:
        """The instant of ours that a moment of the stage falls on."""
        return self.origin + int((moment - self.stage.start) / self.speed)

    @property
    def end(self) -> int:
        """When it is over."""
        return self.when(self.stage.end)

    def facts(self) -> list[Fact]:
        """What is told, at our instants."""
        return [self._moved(fact) for fact in self.stage.facts]

    def _moved(self, fact: Fact) -> Fact:
        at = self.when(fact.at)
        data = fact.data | {name: at + fact.data[name] - fact.at for name in _DUE if name in fact.data}
        if "broken_at" in data:
            data["broken_at"] = self.when(data["broken_at"])
        return replace(
            fact, at=at, arrives=self.when(fact.arrives), heard=self.when(fact.heard),
            written_at=at + fact.written_at - fact.at, data=data,
        )  # fmt: skip

    def struck(self) -> Iterator[Struck]:
        """What goes wrong and lasts long enough to be seen, in the order in which it shows, each fault of an order or partner
        once."""
        seen = set()
        for one in sorted(self.stage.expected, key=lambda one: one.since):
            fault = one.fault.removesuffix(" done")
            if (
                fault
                and self._lasts(one, _SHOWS_AFTER.get(fault, 0))
                and (fault, one.so, one.so or one.subject) not in seen
            ):
                seen.add((fault, one.so, one.so or one.subject))
                yield Struck(self.when(one.since), fault, one.code, one.so, one.subject)

    def _lasts(self, one: Expected, least: int) -> bool:
        return one.until is None or one.until - one.since >= least * self.speed


def stream(
    origin: int, lasting: int, orders: int, speed: float, seed: int = 7, faults: Iterable[Fault] = (), offset: int = 0
) -> Stream:
    """So many orders in `lasting` seconds from `origin` on, with those of the faults that are playable."""
    start = monday_noon(origin)
    end = start + int(lasting * speed)
    return Stream(played(orders, start, end, seed, playable(faults), offset=offset, goods=False), origin, speed)


def playable(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Stock, purchases and counted calls have no place in a stream: a day has one morning."""
    return tuple(fault for fault in faults if fault.scope != "occasion" and fault.id not in spells.COUNTED)


def monday_noon(moment: int) -> int:
    """The last Monday before a moment, at an hour at which everybody works."""
    day = datetime.fromtimestamp(moment, UTC).replace(hour=_OPENING, minute=0, second=0, microsecond=0)
    day -= timedelta(days=day.weekday() or 7)
    return int(day.timestamp())


def numbers(moment: int) -> int:
    """What is added to all numbers of a stream that begins at a moment."""
    return _FIRST + moment // 60 * _A_MINUTE % _ROOM
