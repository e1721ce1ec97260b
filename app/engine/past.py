"""Another time, answered by the same engine: it runs again over what had happened or was known, in a scratch store.

No second implementation tells the past. For one order the scratch store lies in memory and holds what bears on that
order; lists and figures need a whole past, which is made in the background.
"""

import queue
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.engine.scratch import Heard, Means, Past
from app.engine.whole_past import Wholes
from app.errors import Ambiguous, Busy, NotFound
from app.store.past import Making, PastOrder, Row, Times
from app.store.past.copying import copy_near
from app.store.reader import Reader
from app.store.work import Work

_AT_ONCE, _PATIENCE, _KEPT = 2, 10.0, 32


class Pasts:
    """Answers for another time; a few orders at once, the others wait. Whole pasts lie in `folder`, which is ours.

    Who asks for a whole past waits `patience` seconds for it, then hears how far it has come.
    """

    def __init__(self, means: Means, folder: Path, patience: float = 0.8) -> None:
        self._means, self._wholes = means, Wholes(means, folder, patience)
        self._records: queue.LifoQueue[Work | None] = queue.LifoQueue()
        for _ in range(_AT_ONCE):
            self._records.put(None)
        self._heard = Heard()
        self._kept: OrderedDict[tuple[str, Times, int], PastOrder] = OrderedDict()
        self._lock = threading.Lock()

    def order(self, key: str, times: Times) -> PastOrder:
        """One order by any key of today; raises NotFound when nothing of it was there yet, or Ambiguous."""
        with self._record() as record:
            mark = (key, times, record.number("select max(seq) from event"))
            if found := self._kept.get(mark):
                return found
            answer = _told(self._means, record, key, times, self._heard)
        with self._lock:
            self._kept[mark] = answer
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return answer

    def whole(self, times: Times) -> Reader | Making:
        """All questions at that time, or how far it has come."""
        return self._wholes.at(times)

    def close(self) -> None:
        """Stop what is being made and let everything go."""
        self._wholes.close()
        for _ in range(_AT_ONCE):
            if record := self._records.get():
                record.close()

    @contextmanager
    def _record(self) -> Iterator[Work]:
        """A connection to the record, and with it the right to work."""
        try:
            record = self._records.get(timeout=_PATIENCE)
        except queue.Empty:
            raise Busy("Too many ask about the past at once.", "Ask again after a moment.") from None
        try:
            record = record or Work(self._means.database)
            yield record
        finally:
            self._records.put(record)


def _told(means: Means, record: Work, key: str, times: Times, heard: Heard) -> PastOrder:
    today = _meant(means, record, key)
    past = Past(means, times)
    try:
        past.ticker.unrated = means.unrated(heard.by(record, times.known))
        orders = [row["order_no"] for row in today]
        own = copy_near(record, past.work, orders, heard.everywhere(record), times)
        past.settle()
        order_id = _then(past.reader, key, own)
        past.work.run("past/prune", now=times.now)
        now, reader = times.now, past.reader
        return PastOrder(
            reader.order(order_id, past.board, now), reader.timeline(order_id, now), reader.links(order_id),
            reader.traces(order_id), times, [row["order_id"] for row in today],
        )  # fmt: skip
    finally:
        past.discard()


def _meant(means: Means, record: Work, key: str) -> list[Row]:
    """The orders of today that a key means: one that means several, or none, may have meant one then."""
    reader = Reader(means.database)
    try:
        ids = [reader.order_id(key)]
    except Ambiguous as several:
        ids = [candidate["order_id"] for candidate in several.extra["candidates"]]  # type: ignore[attr-defined]
    except NotFound:
        if not len(tied := record.ask("past/tied", key=key)):
            raise
        return tied.to_dicts()
    finally:
        reader.close()
    today = "select order_no, order_id from orders where list_contains($ids::varchar[], order_id) order by order_id"
    return record.ask(today, ids=ids).to_dicts()


def _then(reader: Reader, key: str, own: list[int]) -> str:
    """The order that the key meant then, else the one that held the messages which today are its own."""
    try:
        return reader.order_id(key)
    except NotFound:
        found = _holding(reader, own)
    if not found:
        raise NotFound("Nothing of this order was there at that time.", "Ask about a later time.")
    if len(found) > 1:
        raise Ambiguous(f"{key[:200]!r} was {len(found)} orders then.", "Choose one.", candidates=found[:50])
    order_id: str = found[0]["order_id"]
    return order_id


def _holding(reader: Reader, own: list[int]) -> list[dict[str, Any]]:
    return reader.rows(
        "select distinct o.order_id, o.so from link join event e using (seq) join orders o using (order_no)"
        " where list_contains($own::ubigint[], e.event_id) order by o.so, o.order_id", {"own": own},
    )  # fmt: skip
