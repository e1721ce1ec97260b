"""YAML as rules are written: safe, without duplicate keys, and every fault knows its line."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import yaml

from app.plain import Loader, Quick, shallow


class _Repeats(yaml.composer.ComposerError):
    """A document that repeats a part of itself: what does so again and again has no end."""


class _Once(Loader):
    """Reads what every document writes out itself."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """The next part."""
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise _Repeats(None, None, "repeats another part by `*`", mark)
        return super().compose_node(parent, index)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file: where, what, and how to put it right."""

    file: str
    line: int
    what: str
    mend: str

    def __str__(self) -> str:
        """As `orderscope check` prints it."""
        return f"{self.file}:{self.line}: {self.what}. {self.mend}"


@dataclass(frozen=True, slots=True)
class Document:
    """What a file says, and the lines on which it says it."""

    file: str
    said: Any
    _node: yaml.Node | None
    text: str = ""

    def line(self, place: tuple[str | int, ...]) -> int:
        """The line of the key or item at this place, or of the nearest one around it."""
        node, line = self._node, 1
        for step in place:
            found = _child(node, step)
            if found is not None:
                line, node = found
        return line

    def part(self, *place: str | int) -> str:
        """The lines of an item of a list as they are written, up to the next one, moved to the left."""
        first = self.line(place)
        after = self.line((*place[:-1], int(place[-1]) + 1))
        lines = self.text.splitlines()[first - 1 : after - 1 if after > first else None]
        return dedent("\n".join(lines)).rstrip() + "\n"


def read(path: Path) -> Document | Fault:
    """The document in a file, or the fault that keeps it from being one."""
    said = text(path)
    return _kept(said, str(path)) if isinstance(said, str) else said


def text(path: Path) -> str | Fault:
    """The text of a file, or the fault that keeps it from being read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        return Fault(str(path), 1, f"cannot be read: {fault}", "Write it as UTF-8 text.")


def parse(text: str, file: str) -> Document | Fault:
    """The document in a text that came from `file`."""
    if shallow(text) and not {"&", "*"}.intersection(text):
        try:
            return _document(Quick(text), text, file)
        except (yaml.YAMLError, RecursionError):
            pass  # told in the words of the other, below
    try:
        return _document(_Once(text), text, file)
    except (yaml.YAMLError, RecursionError) as fault:
        mark = getattr(fault, "problem_mark", None)
        what = getattr(fault, "problem", None) or "is not YAML"
        mend = "Write it out." if isinstance(fault, _Repeats) else "Mend the YAML at that line."
        return Fault(file, mark.line + 1 if mark else 1, str(what), mend)


def _document(loader: Any, text: str, file: str) -> Document | Fault:
    """The document as this loader reads it; raises yaml.YAMLError for none, RecursionError for one too deep."""
    try:
        node = loader.get_single_node()
        if twice := _twice(node):
            return Fault(file, twice.start_mark.line + 1, f"`{twice.value}` stands twice", "Keep one of them.")
        return Document(file, loader.construct_document(node) if node else None, node, text)
    finally:
        loader.dispose()


#: Files of rules are read again and again and seldom differ, so what they say is kept by their text; nobody changes it.
_kept = lru_cache(maxsize=512)(parse)


def _twice(node: yaml.Node | None) -> yaml.ScalarNode | None:
    """The first key that a mapping has already had."""
    seen: set[str] = set()
    for key, child in _pairs(node):
        if isinstance(key, yaml.ScalarNode):
            if key.value in seen:
                return key
            seen.add(key.value)
        if found := _twice(child):
            return found
    return None


def _pairs(node: yaml.Node | None) -> list[tuple[yaml.Node | None, yaml.Node]]:
    if isinstance(node, yaml.MappingNode):
        return list(node.value)
    return [(None, child) for child in node.value] if isinstance(node, yaml.SequenceNode) else []


def _child(node: yaml.Node | None, step: str | int) -> tuple[int, yaml.Node] | None:
    """Line and node under a key or at an index."""
    for at, (key, child) in enumerate(_pairs(node)):
        if (key is None and at == step) or (isinstance(key, yaml.ScalarNode) and key.value == step):
            return (key or child).start_mark.line + 1, child
    return None
