"""Dead letters put through again: by the mapping as it stands now, or as a person has edited the message.

The unit is the message: it is read as a whole, and what it says now takes the place of what it said before, so that a
second time changes nothing. A letter that is closed is left alone unless its message is edited.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import polars as pl

from app import clock
from app.cases.identity import Identity
from app.contracts import Again, Collector, Reread, Rereading, Wanted
from app.errors import BadInput, Conflict, NotFound, OrderscopeError, TooLarge, brief
from app.model.event import Message, Rejection, Translation
from app.model.keys import PEOPLE
from app.settings import Source
from app.store.questions import letters
from app.store.reader import Reader

log = logging.getLogger(__name__)
Row = dict[str, Any]
#: Messages of one call.
MOST = 500
NOT_ALLOWED = "source_not_allowed"


class Replays:
    """Replays for API, pages and commands. All of it blocks: call it in a worker thread."""

    def __init__(
        self, reader: Reader, sink: Rereading, declared: Mapping[str, Source], collectors: Sequence[Collector]
    ) -> None:
        self._reader, self._sink, self._declared = reader, sink, declared
        self._wires = {one.name: one for one in collectors}

    def many(self, wanted: Wanted, who: Identity) -> Row:
        """Put messages through again, at most MOST of them; says what came of each, and how many are `left`."""
        raw_ids, matched = self._messages(wanted)
        items = [self._safely(raw_id, wanted, who) for raw_id in raw_ids]
        return summed(items) | {
            "left": max(0, matched - len(raw_ids)),
            "last": max(raw_ids, default=0),
            "dry_run": wanted.dry_run,
        }

    def edited(self, id: str, body: str, wanted: Wanted, who: Identity) -> Row:
        """Put the message of a letter through as a person wrote it; raises NotFound, TooLarge or BadInput."""
        if len(body) > letters.EDITABLE:
            raise TooLarge("The message is larger than a page can edit.", "Ask its sender to send it again.")
        row = letters.letter(self._reader, id)
        done = self._again(row["raw_id"], wanted, who, body.encode("utf-8", "replace"))
        return summed([told(done)]) | {"left": 0, "last": row["raw_id"], "dry_run": wanted.dry_run}

    def body(self, id: str) -> str:
        """The message of a letter as text, for an editor."""
        raw_id = letters.letter(self._reader, id)["raw_id"]
        return letters.message(self._reader, raw_id).body.decode("utf-8", "replace")

    def _messages(self, wanted: Wanted) -> tuple[list[int], int]:
        if wanted.ids:
            found, matched = letters.messages_of(self._reader, {"id": list(wanted.ids), "status": "open"}, MOST)
            if not found:
                self._closed(wanted.ids)
            return found, matched
        if not wanted.older:
            return letters.messages_of(self._reader, wanted.where | {"status": "open"}, MOST)
        sources = wanted.where.get("source") or []
        if not sources:
            raise BadInput("Reading again by a newer mapping needs a source.", "Name it with `source`.")
        code = sources if isinstance(sources, str) else sources[0]
        declared = self._declared.get(code)
        if declared is None or declared.collector not in self._wires:
            raise NotFound(f"There is no declared source {code[:100]!r}.", "Take a code of `sources`.")
        return letters.read_by_older(
            self._reader,
            code,
            self._wires[declared.collector].version(declared),
            int(wanted.where.get("after") or 0),
            MOST,
        )

    def _closed(self, ids: tuple[str, ...]) -> None:
        """Nothing to do for letters that are closed; raises NotFound for ids that never were."""
        for id in ids[:1]:
            letters.letter(self._reader, id)

    def _safely(self, raw_id: int, wanted: Wanted, who: Identity) -> Row:
        """One message that cannot be read never stops the others."""
        try:
            return told(self._again(raw_id, wanted, who))
        except OrderscopeError as fault:
            return _failed(raw_id, fault.detail, fault.mend)
        except Exception as fault:  # whatever a message does to its wire or to the store: what it said before stays
            log.exception("Message %d could not be read again", raw_id)
            return _failed(raw_id, f"It could not be read again: {brief(fault)}"[:500], "The log says more.")

    def _again(self, raw_id: int, wanted: Wanted, who: Identity, edited: bytes | None = None) -> Reread:
        message = letters.message(self._reader, raw_id)
        wire = self._wires.get(message.collector)
        if wire is None:
            raise Conflict(
                f"No collector {message.collector!r} reads this message any more.", "Declare its source anew."
            )
        declared = self._declared.get(message.source) or Source(collector=message.collector)
        version = wire.version(declared)
        read = replace(message, body=message.body if edited is None else edited, mapping=version)
        said = self._permitted(wire.translate(read, declared).arrived_now(), message, raw_id, edited is not None)
        arriving = replace(read, received_at=clock.instant(clock.wall()))
        return self._sink.again(arriving, said, Again(raw_id, who.actor, wanted.why, edited, wanted.dry_run)).result()

    def _permitted(self, said: Translation, message: Message, raw_id: int, edited: bool) -> Translation:
        """What the sender was not allowed to say stays refused; an edited message speaks for no other source."""
        barred = {item: PEOPLE for item, source in said.events.select("item", "source").rows() if source == PEOPLE}
        for row in letters.of_message(self._reader, raw_id, NOT_ALLOWED):
            barred[row["item"]] = row["native_id"]
        if edited and message.source:
            named = said.events.select("item", "source").rows()
            barred |= {item: source for item, source in named if source != message.source}
        return without(said, barred)


def _failed(raw_id: int, why: str, mend: str) -> Row:
    return {"message": raw_id, "fault": why, "mend": mend, "kept": 0, "made": [], "replaced": [], "letters": []}


def without(said: Translation, barred: Mapping[int, str]) -> Translation:
    """A translation without some items, which become refusals."""
    if not barred:
        return said
    gone = set(said.events["item"]) & barred.keys() | set(said.spans["item"]) & barred.keys()
    kept = ~pl.col("item").is_in(list(gone))
    refused = tuple(
        Rejection(i, NOT_ALLOWED, "Its sender may not send for this source.", barred[i]) for i in sorted(gone)
    )
    events, mentions, spans = said.events.filter(kept), said.mentions.filter(kept), said.spans.filter(kept)
    return Translation(events, mentions, spans, said.rejections + refused, whole=said.whole)


def told(done: Reread) -> Row:
    """What came of one message."""
    return {
        "message": done.raw_id, "kept": done.kept, "made": list(done.made), "replaced": list(done.replaced),
        "letters": list(done.letters),
    }  # fmt: skip


def summed(items: Sequence[Row]) -> Row:
    """What came of all of them; `items` says it of each."""
    every = [letter for one in items for letter in one["letters"]]
    results = {
        name: sum(letter["result"] == name for letter in every)
        for name in ("accepted", "duplicate", "nothing", "rejected")
    }
    return {
        "messages": len(items), "letters": len(every), **results, "made": sum(len(one["made"]) for one in items),
        "replaced": sum(len(one["replaced"]) for one in items), "kept": sum(one["kept"] for one in items),
        "failed": sum("fault" in one for one in items), "items": list(items),
    }  # fmt: skip


def chosen(source: Sequence[str], reason: Sequence[str], frm: datetime | None, to: datetime | None) -> Row:
    """The letters that a filter means, as the store takes it."""
    said = {"source": list(source), "reason": list(reason), "from": frm, "to": to}
    return {name: value for name, value in said.items() if value}
