"""Where a fault stands in its message: the text around the item, and the places that the refusal speaks of.

The refusal says it in several ways: with the beginning of the item as it was sent, the item's own id, a row number, a
path into the item, or the value that does not fit. The first that is found in the text counts.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

_AROUND, _ITEM = 400, 4_000
_EXCERPT, _SCANNED = 300, 16 * 2**20
_DECODER, _BLANK = json.JSONDecoder(), re.compile(r"[\s,]*")
_ROW = re.compile(r"\brow (\d{1,9})\b")
_QUOTED = re.compile(r"'([^'\n]{1,80})'")
_PATH = re.compile(r"\$(?:\.\w+|\[[^\]\n]{0,20}\])+")
_LAST = re.compile(r"\.(\w+)(?:\[[^\]\n]*\])*$")
_VALUE = re.compile(r"[:=]?\s*(\"(?:[^\"\\\n]|\\.){0,200}\"|[^\s,;}\]\"<>]{1,200})")
_NAMED = re.compile(r"^(?:[\w ]{1,30}: )?(\w{1,40})\b")


@dataclass(frozen=True, slots=True)
class Shown:
    """A piece of a message: what stands before the item, the item, what follows; `marks` are (from, to) in the item.

    `line` is the number of the item's first line in the message, from 1.
    """

    before: str = ""
    item: str = ""
    after: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    line: int = 1


def shown(text: str, letter: dict[str, Any]) -> Shown:
    """The place in `text` that a dead letter (excerpt, native_id, detail, item) speaks of."""
    begin, end = _place(text, letter)
    end = min(_reaching(text, begin, end, letter["detail"] or ""), begin + _ITEM)
    item = text[begin:end]
    return Shown(
        text[max(0, begin - _AROUND) : begin], item, text[end : end + _AROUND], marks(item, letter["detail"] or ""),
        text.count("\n", 0, begin) + 1,
    )  # fmt: skip


def _place(text: str, letter: dict[str, Any]) -> tuple[int, int]:
    """Where the item begins and ends; the whole text when nothing tells."""
    excerpt = letter["excerpt"] or ""
    if letter["item"] >= 0 and excerpt and (at := text.find(excerpt)) >= 0:
        return at, at + len(excerpt) if len(excerpt) < _EXCERPT else _closed(text, at)
    if (row := _ROW.search(letter["detail"] or "")) and (lines := _line(text, int(row[1]))):
        return lines
    native = letter["native_id"] or ""
    if letter["item"] >= 0 and (place := _nth(text, letter["item"])) and native in text[slice(*place)]:
        return place
    for name in (f'"{native}"', native, native.rpartition(":")[2]) if letter["item"] >= 0 and native else ():
        if (at := text.find(name)) >= 0:
            return _around(text, at)
    return 0, len(text)


def _reaching(text: str, begin: int, end: int, detail: str) -> int:
    """The end of an item of which only the beginning is known: as far as the last value that the refusal quotes."""
    known, near = text[begin:end], text[end : begin + _ITEM]
    beyond = [
        near.find(value) + len(value) for value in _QUOTED.findall(detail) if value not in known and value in near
    ]
    return end + max(beyond, default=0)


def _nth(text: str, number: int) -> tuple[int, int] | None:
    """The JSON value of that number in an array, or among values that follow each other; None for anything else."""
    begin = _BLANK.match(text, 0).end()  # type: ignore[union-attr]
    begin += text[begin : begin + 1] == "["
    for at in range(number + 1 if len(text) <= _SCANNED else 0):
        begin = _BLANK.match(text, begin).end()  # type: ignore[union-attr]
        try:
            _, end = _DECODER.raw_decode(text, begin)
        except (ValueError, RecursionError):
            return None
        if at == number:
            return begin, end
        begin = end
    return None


def _line(text: str, row: int) -> tuple[int, int] | None:
    """A row of a table as people count them: the header is row 1. A block of a file says with which row it begins."""
    number = row - 1
    if text.startswith("#line "):
        first = text[6 : text.find("\n")]
        number = row - int(first) + 2 if first.isdecimal() and len(first) < 12 else number
    begin = 0
    for _ in range(number):
        begin = text.find("\n", begin) + 1
        if not begin:
            return None
    end = text.find("\n", begin)
    return begin, end if end >= 0 else len(text)


def _around(text: str, at: int) -> tuple[int, int]:
    """The outermost JSON object but for the array around it in which a place stands; else its line."""
    begin = _opened(text, at)
    if begin is not None:
        return begin, _closed(text, begin)
    end = text.find("\n", at)
    return text.rfind("\n", 0, at) + 1, end if end >= 0 else len(text)


def _opened(text: str, at: int) -> int | None:
    """Where the object begins that holds a place, looking back."""
    depth = 0
    for place in range(at, max(-1, at - 10 * _ITEM), -1):
        depth += {"}": 1, "{": -1}.get(text[place], 0)
        if depth < 0:
            return place
    return None


def _closed(text: str, begin: int) -> int:
    """Where the object ends that begins here; braces in its texts may make it longer."""
    depth = 0
    for place in range(begin, min(len(text), begin + _ITEM)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return place + 1 if text[begin] == "{" else min(len(text), begin + _EXCERPT)
    return min(len(text), begin + _ITEM)


def marks(item: str, detail: str) -> tuple[tuple[int, int], ...]:
    """The places of an item that a refusal speaks of: its quoted values, else the field at the end of its path."""
    found = {(at, at + len(value)) for value in _QUOTED.findall(detail) if (at := item.find(value)) >= 0}
    if not found:
        found = {place for name in _names(detail) if (place := _field(item, name))}
    return tuple(sorted(found))


def _names(detail: str) -> list[str]:
    paths = [last[1] for path in _PATH.findall(detail) if (last := _LAST.search(path))]
    return paths or ([named[1]] if (named := _NAMED.search(detail)) else [])


def _field(item: str, name: str) -> tuple[int, int] | None:
    """A field of a JSON object or XML element with its value."""
    at = item.find(f'"{name}"')
    if at < 0:
        return None
    value = _VALUE.match(item, at + len(name) + 2)
    return at, value.end() if value else at + len(name) + 2
