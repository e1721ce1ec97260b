"""What documents carried that looks like a key, quantity, date or status and became nothing, for a person to read.

What is read is taken from the mapping itself, so that there is no second list.
"""

import re
from collections.abc import Iterator
from typing import Any

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.mapped import paths, values
from collectors.mapped.paths import EVERY, Path, Step
from collectors.mapped.values import Options, Place, Unfit
from collectors.webhook.config import Document, Entry, load
from collectors.webhook.documents import Found, Unread, documents

#: Lines that are told of one message, and parts of documents that are looked at.
_MOST, _LOOKED_AT = 200, 100_000
_DEEPEST = 12
#: Words of a field's name that make it a key, quantity or date where a digit stands there, and a status in any case; a
#: name falls into words at _, - and capitals.
_COUNTING = frozenset({
    "id", "ids", "number", "num", "no", "name", "key", "ref", "reference", "sku", "barcode", "gtin", "sscc", "tracking",
    "po", "order", "invoice", "shipment", "qty", "quantity", "count", "amount", "total", "price", "date", "time", "at",
    "on", "code",
})  # fmt: skip
_STATING = frozenset({"status", "state", "stage", "reason"})
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}.{0,20})?")


def unread(message: Message, source: Source) -> list[str]:
    """One line per field of a kind of document, with the first value that stood there."""
    told: dict[str, str] = {}
    try:
        for found in documents(load(source), message.body, {}):
            if isinstance(found, Found):
                for name, text in _left(found.kind, found.scope.document):
                    told.setdefault(f"{found.kind.name} {name}", text)
    except (WrongUse, Unread, Unfit):
        pass
    return [f"{name} {text[:80]!r}: named nowhere in the mapping" for name, text in list(told.items())[:_MOST]]


def _left(kind: Document, document: Any) -> Iterator[tuple[str, str]]:
    """(path, text) of what looks telling and is not read."""
    if not kind.events:
        return
    read = _read(kind)
    for path, text in _leaves(document):
        if _general(path) not in read and _tells(path, text):
            yield paths.written(_general(path)), text


def _leaves(document: Any) -> Iterator[tuple[Path, str]]:
    """Every text of a document with its path, without recursion and only so deep."""
    waiting: list[tuple[Path, Any]] = [((), document)]
    for _ in range(_LOOKED_AT):
        if not waiting:
            return
        path, part = waiting.pop()
        if isinstance(part, dict) and len(path) < _DEEPEST:
            waiting += [((*path, Step(name=str(name))), one) for name, one in reversed(part.items())]
        elif isinstance(part, list) and len(path) < _DEEPEST:
            waiting += [((*path, EVERY), one) for one in reversed(part)]
        elif (text := paths.plain(part)) is not None and path:
            yield path, text


def _tells(path: Path, text: str) -> bool:
    names = [step.name for step in path if step.name]
    words = {word.lower() for word in _WORDS.findall(names[-1])} if names else set()
    counting = words & _COUNTING and any(one.isdigit() for one in text)
    return bool(counting or words & _STATING) or _DATE.fullmatch(text) is not None


def _read(kind: Document) -> frozenset[Path]:
    """The paths that a kind of document reads, from the document, with every place in a list alike."""
    found = [one.path for value in kind.id for one in values.places(value)]
    found += [where.path for where in kind.when] + [paths.parsed(one) for one in kind.keep]
    for entry in kind.events:
        found += _of_entry(entry)
    return frozenset(map(_general, found))


def _of_entry(entry: Entry) -> Iterator[Path]:
    for way in entry.each or ((),):
        yield from (_from(way, place) for value in entry.read() for place in values.places(value))
        yield from (_from(way, place) for place in entry.when)
        if entry.lines:
            yield from _of_lines(entry.lines.each, entry.line_values(), way)


def _of_lines(each: tuple[Path, ...], read: list[Options], way: Path) -> Iterator[Path]:
    for inner in each or ((),):
        yield from (_from((*way, *inner), place) for value in read for place in values.places(value))


def _from(way: Path, place: Place) -> Path:
    return place.path if place.root == "$" else (*way, *place.path)


def _general(path: Path) -> Path:
    """The path with every place in a list as each of it; what stands beside the value of a choice is read too."""
    return tuple(step if step.name else EVERY for step in path)
