"""What waits for the intake writer, source by source, so that one that floods never delays another.

1. Each source has a line of its own. 2. The writer takes from every line in turn, so many items at most from each, and
commits what it took together. 3. A line may grow as long as it is shorter than the room that is left: one that floods
fills half of the room, two fill two thirds, and there is always some for the others. 4. A source with a limit pays for
its items from a purse that is filled by the second and holds a minute's worth; who has nothing left is told when to
come back.
"""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from typing import Any

from app.errors import Busy
from app.store.waiting import Waiting

#: Items of a commit, and of one source in it.
BATCH, TURN = 50_000, 5_000
_PURSE_SECONDS = 60
_FULL = ("More is arriving than can be written.", "Send it again after a moment.")


class Purse:
    """Items that a source may still send: `rate` more each second, a minute's worth at most."""

    def __init__(self, rate: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._clock = rate, clock
        self._left, self._at = float(rate * _PURSE_SECONDS), clock()

    def pay(self, items: int) -> None:
        """Pay for a message; the last one may cost more than is left. Raises Busy with the seconds to wait."""
        at = self._clock()
        self._left = min(self._left + (at - self._at) * self._rate, float(self._rate * _PURSE_SECONDS))
        self._at = at
        if self._left <= 0:
            raise _busy("This source sends more than was agreed.", 1 + int(-self._left / self._rate))
        self._left -= items


class Lines:
    """The lines of all sources; `put` is called by many threads, `take` by the writer."""

    def __init__(self, items: int, size: int, limits: Mapping[str, int] | None = None) -> None:
        self._limits = {"items": items, "bytes": size}
        self._purses = {source: Purse(rate) for source, rate in (limits or {}).items() if rate}
        self._lines: dict[str, deque[Waiting]] = {}
        self._orders: deque[Any] = deque()
        self._held: Counter[str] = Counter()
        self._own: dict[str, Counter[str]] = {}
        self._changed = threading.Condition()
        self._closed = False

    def put(self, waiting: Waiting) -> None:
        """Stand in line. Raises Busy when the line may not grow, or the source has sent too much."""
        source, costs = waiting.source, waiting.costs
        with self._changed:
            own = self._own.get(source, Counter[str]())
            if any(self._too_long(name, own[name], cost) for name, cost in costs.items()):
                raise _busy(*_FULL)
            if source in self._purses:
                self._purses[source].pay(costs["items"])
            self._own[source] = own + Counter(costs)
            self._held.update(costs)
            self._lines.setdefault(source, deque()).append(waiting)
            self._changed.notify()

    def _too_long(self, name: str, own: int, cost: int) -> bool:
        """The first message of a line only needs room; a further one must leave as much as its line then holds."""
        left = self._limits[name] - self._held[name]
        return bool(self._held[name]) and (cost > left or (own > 0 and own + cost > left))

    def order(self, what: Any) -> None:
        """Something else that the writer should do, before what stands in line."""
        with self._changed:
            self._orders.append(what)
            self._changed.notify()

    def close(self) -> None:
        """Nothing more will come."""
        with self._changed:
            self._closed = True
            self._changed.notify()

    def take(self) -> list[Any] | None:
        """Wait for work: an order alone, or the next messages of every line; None when all is done after `close`."""
        with self._changed:
            while not (self._orders or self._lines or self._closed):
                self._changed.wait()
            if self._orders:
                return [self._orders.popleft()]
            return self._turns() or None

    def _turns(self) -> list[Waiting]:
        batch: list[Waiting] = []
        room = BATCH
        for source in list(self._lines):
            if room <= 0:
                break
            line = self._lines.pop(source)
            room -= _turn(line, batch)
            if line:
                self._lines[source] = line  # again at the end
        return batch

    def release(self, batch: list[Waiting]) -> None:
        """These are written, or failed: their room is free."""
        with self._changed:
            for waiting in batch:
                self._held.subtract(waiting.costs)
                own = self._own[waiting.source]
                own.subtract(waiting.costs)
                if own["items"] <= 0:
                    del self._own[waiting.source]


def _turn(line: "deque[Waiting]", batch: list[Waiting]) -> int:
    """Move messages from a line to the batch, one turn's worth; how many items that are."""
    taken = 0
    while line and (not taken or taken + line[0].items <= TURN):
        batch.append(line.popleft())
        taken += batch[-1].items
    return taken


def _busy(detail: str, mend: str | int) -> Busy:
    if isinstance(mend, str):
        return Busy(detail, mend)
    fault = Busy(detail, f"Send again in {mend} seconds, or raise `limit` of the source.")
    fault.retry_after = mend
    return fault
