"""What a person says of identity becomes an event through the same sink as everything else, so that rebuilds keep it."""

import json
import uuid
from collections.abc import Sequence

import polars as pl

from app import clock
from app.cases.identity import Identity
from app.contracts import Sink
from app.errors import BadInput, NotFound
from app.model.event import EVENT, MENTION, Message, Translation
from app.model.keys import PEOPLE
from app.store.questions import linking
from app.store.reader import Reader

_TYPES = {"link": "link.added", "cut": "link.cut", "distinct": "suspicion.dismissed"}


class Ties:
    """Links and cuts by hand. All of it blocks: call it in a worker thread."""

    def __init__(self, reader: Reader, sink: Sink) -> None:
        self._reader, self._sink = reader, sink

    def say(self, act: str, order: str, event: str, reason: str, who: Identity, key: str = "") -> str:
        """`link` or `cut` an order (any key of it) and an event (its id) or a key, or call it `distinct` from the order of
        a key; gives the id to take it back by.

        Raises NotFound or Ambiguous for what is not known or not clear, BadInput for what makes no sense.
        """
        if act == "distinct":
            return self._distinct(order, event, key, reason, who)
        if bool(event) == bool(key):
            raise BadInput("A link is of an event or of a number.", "Send `event_id` or `key`, not both.")
        if event and not linking.has_event(self._reader, event):
            raise NotFound(f"No event is known as {event[:40]!r}.", "Take the id from a list of events.")
        told = {"order": linking.anchor(self._reader, order)}
        told |= {"event_id": event} if event else {"key": linking.full_key(self._reader, key)}
        if told.get("key") == told["order"]:
            raise BadInput("That is the order's own number.", "Name the number that does not belong to it.")
        return self._put(_TYPES[act], told, reason, who)

    def undo(self, link: str, reason: str, who: Identity) -> None:
        """Take back what was said under this id. Raises NotFound."""
        said = linking.word(self._reader, link)
        told = json.loads(said["attrs"])
        both = (told["order"], told["other"]) if said["type"] == _TYPES["distinct"] else ()
        self._put(said["type"], {"undoes": link}, reason, who, both)

    def _distinct(self, order: str, event: str, key: str, reason: str, who: Identity) -> str:
        """Two orders that are alike are two: said of both, by their strongest numbers."""
        if event or not key:
            raise BadInput("Only another order can be distinct from an order.", "Send a number of it as `key`.")
        both = linking.anchor(self._reader, order), linking.anchor(self._reader, key)
        if both[0] == both[1]:
            raise BadInput("That is one order.", "Name a number of the other one as `key`.")
        return self._put(_TYPES["distinct"], {"order": both[0], "other": both[1]}, reason, who, both)

    def _put(self, kind: str, told: dict[str, str], reason: str, who: Identity, of: Sequence[str] = ()) -> str:
        if not reason.strip():
            raise BadInput("Nobody will know why.", "Send a `reason`.")
        now, native_id = clock.instant(), uuid.uuid4().hex
        attrs = json.dumps(told | {"reason": reason.strip(), "person": who.actor})
        row = {
            "item": 0,
            "source": PEOPLE,
            "native_id": native_id,
            "type": kind,
            "occurred_at": now,
            "flags": [],
            "attrs": attrs,
        }
        keys = [dict(zip(("type", "issuer", "value"), key.split(":", 2), strict=True)) | {"item": 0} for key in of]
        events = pl.DataFrame([row | {"tz_basis": "explicit"}], schema=EVENT)
        said = Translation(events, pl.DataFrame(keys, schema=MENTION))
        message = Message(PEOPLE, PEOPLE, "application/json", attrs.encode(), clock.instant(clock.wall()))
        self._sink.put(message, said).result()
        return linking.event_id(self._reader, PEOPLE, native_id)
