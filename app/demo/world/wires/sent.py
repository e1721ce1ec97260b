"""A message as it leaves a system, before anything has read it."""

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from app.demo.world.company import CLOUD, LEGACY
from app.demo.world.order import Fact, Line

#: How far the control numbers of a second sending, and of one that breaks off, lie from the first: no world has as many facts.
AGAIN, BROKEN = 200_000_000, 400_000_000


#: How the file of a page is called that an API gave: a list.
PAGE = ".json"


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes of a source that arrive at an instant; `head` is what must stand before them in a file of its own."""

    source: str
    arrives: int
    body: bytes
    suffix: str
    head: bytes = b""


#: Facts of one source in the order of their arrival -> its messages.
Wire = Callable[[Iterable[Fact]], Iterator[Sent]]


def scope(so: str) -> str:
    """Whose order number that is."""
    return CLOUD.scope if so.startswith(CLOUD.prefix) else LEGACY.scope


def entity(so: str) -> str:
    """The company that has the order."""
    return CLOUD.entity if so.startswith(CLOUD.prefix) else LEGACY.entity


def line(fact: Fact, document: Any, suffix: str = ".jsonl", head: bytes = b"") -> Sent:
    """A JSON document on a line of its own."""
    return Sent(fact.source, fact.arrives, json.dumps(document, separators=(",", ":")).encode() + b"\n", suffix, head)


def pieces(lines: Iterable[Line]) -> int:
    """How many pieces in all."""
    return sum(one.qty for one in lines)
