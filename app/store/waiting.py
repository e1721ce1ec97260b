"""A message that waits for the intake writer, and the rows that it becomes beside its events."""

from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import polars as pl
import zstandard

from app.contracts import Receipt, Refused
from app.model.event import Message, Translation, empty


@dataclass
class Waiting:
    """A message in the queue with what it said, and where to answer."""

    message: Message
    said: Translation
    answer: "Future[Receipt]" = field(default_factory=Future)
    raw_id: int = 0

    @cached_property
    def items(self) -> int:
        """Rows that it will write, about."""
        said = self.said
        return 1 + len(said.events) + len(said.spans) + len(said.metrics) + len(said.rejections)

    @cached_property
    def source(self) -> str:
        """Whose line it stands in: the source of the message, else of the first thing in it."""
        for frame in (self.said.events, self.said.spans, self.said.metrics):
            if not self.message.source and len(frame):
                return str(frame["source"][0])
        return self.message.source

    @property
    def costs(self) -> dict[str, int]:
        """What it takes of the queue's room."""
        return {"items": self.items, "bytes": len(self.message.body)}


def letter_id(raw_id: int, item: int) -> str:
    """The name of the dead letter of an item."""
    return f"dl_{raw_id}_{item}"


def raws(batch: list[Waiting], compressor: zstandard.ZstdCompressor) -> pl.DataFrame:
    """The messages as they came, packed."""
    messages: list[dict[str, Any]] = [
        {
            "raw_id": w.raw_id, "source": w.message.source, "collector": w.message.collector, "media": w.message.media,
            "mapping": w.message.mapping, "received_at": w.message.received_at, "size": len(w.message.body),
            "body": compressor.compress(w.message.body),
        }
        for w in batch
    ]  # fmt: skip
    return pl.DataFrame(messages) if messages else empty({"raw_id": pl.Int64})


def dead_letters(batch: list[Waiting]) -> pl.DataFrame:
    """What could not be taken of these messages."""
    letters = [
        {
            "id": letter_id(w.raw_id, r.item), "raw_id": w.raw_id, "item": r.item, "source": w.message.source or r.source,
            "collector": w.message.collector, "native_id": r.native_id, "reason": r.reason, "detail": r.detail,
            "excerpt": r.excerpt, "received_at": w.message.received_at,
        }
        for w in batch
        for r in w.said.rejections
    ]  # fmt: skip
    return pl.DataFrame(letters) if letters else empty({"raw_id": pl.Int64})


def receipt(waiting: Waiting, duplicates: int) -> Receipt:
    """What the sender hears."""
    total = len(waiting.said.events) + len(waiting.said.spans) + len(waiting.said.metrics)
    refused = tuple(
        Refused(r.item, r.native_id, r.reason, letter_id(waiting.raw_id, r.item)) for r in waiting.said.rejections
    )
    return Receipt(total - duplicates, duplicates, tuple(sorted(refused, key=lambda one: one.index)))
