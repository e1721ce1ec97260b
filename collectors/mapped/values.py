"""What a mapping of documents can say of one value: a path, a constant, a text made of others, a code and its meaning.

A value is written as `path` (from the part at hand), `$.path` (from the document), `@header`, `@received` (the
arrival), `@source` (who sends), `@content` (a short hash of the document), `text:CONSTANT`, `{path}/{path:.4}` (its first
4 characters), `{path:/}` or `{path:#}` (what stands behind its last / or #), `{path:18}` (a record id of Salesforce in its
long form), a list of these of which the first that is
not empty counts, `{all: [VALUE, ...]}` for keys that stand in several places, `{of: VALUE, codes: {CODE: MEANING}, other:
MEANING}`, or `{of: VALUE, find: PATTERN}` (its first part that the pattern fits).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from typing import Annotated, Any

import polars as pl
from pydantic import PlainValidator

from collectors.mapped import paths
from collectors.mapped.cells import is_pattern
from collectors.mapped.paths import Path

CONSTANT = "text:"
#: Words that stand for the arrival, the sender and a hash of the document; others are headers.
RECEIVED, SOURCE, CONTENT = "received", "source", "content"
#: The reason of a message that is refused for what it would cost.
TOO_MANY = "too_many_items"
#: Cuts of a text that take what stands behind the last such sign, and those that take its first characters.
BEHIND = ("/", "#")
#: The cut that writes a record id of Salesforce so that its capitals count: three signs for the capitals of five each.
LONG_ID, _SIGNS = "18", "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
#: Characters of a text that are searched.
_SEARCHED = 20_000
_CUT = re.compile(r"\.([1-9][0-9]{0,2})|[/#]|18")


class Unfit(Exception):
    """A value that cannot be what it should be: the reason's code and what a person should know."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class Budget:
    """How many events a message may give, and parts its paths may select where they select several.

    Paths that spread inside others could otherwise multiply a small body.
    """

    EVENTS, PARTS = 200_000, 2_000_000

    def __init__(self) -> None:
        self._events, self._parts = self.EVENTS, self.PARTS

    def spent(self, found: list[Any]) -> list[Any]:
        """The parts, counted where they are several. Raises Unfit when there were too many."""
        self._parts -= len(found) if len(found) > 1 else 0
        if self._parts < 0:
            raise Unfit(TOO_MANY, f"The paths of the mapping select over {self.PARTS:,} parts of this message.")
        return found

    def event(self) -> None:
        """One more event. Raises Unfit when there were too many."""
        self._events -= 1
        if self._events < 0:
            raise Unfit(TOO_MANY, f"The message gives over {self.EVENTS:,} events.")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a text stands: from the part at hand (""), the document ("$"), or a word that came with it ("@")."""

    root: str
    path: Path = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class Text:
    """A text made of parts: what stands before a place, the place, and what is taken of it: `4` characters, `/`, all."""

    parts: tuple[tuple[str, Place | None, str], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """What a vendor's code means; `other` is the meaning of every code that is not named, None leaves it unknown."""

    of: "Value"
    codes: Mapping[str, str]
    other: str | None


@dataclass(frozen=True, slots=True)
class Find:
    """The first part of a text that a pattern fits."""

    of: "Value"
    pattern: str


@dataclass(frozen=True, slots=True)
class All:
    """Several values at once."""

    values: "tuple[Value, ...]"


@dataclass(frozen=True, slots=True)
class Options:
    """Several ways to a value: the first that gives one counts."""

    values: "tuple[Place | Text | Code | Find | All, ...]"


Value = Options


@dataclass(slots=True)
class Scope:
    """What values are read from: the part at hand, the document it is of, what came with it, texts that mean nothing.

    `unknown` notes the codes without a meaning.
    """

    part: Any
    document: Any
    words: Mapping[str, str]
    empty: tuple[str, ...] = ()
    budget: Budget = field(default_factory=Budget)
    unknown: list[str] = field(default_factory=list)

    def at(self, part: Any) -> "Scope":
        """The same for another part of the document."""
        return Scope(part, self.document, self.words, self.empty, self.budget, self.unknown)


def parsed(said: Any) -> Options:
    """A value as the mapping writes it. Raises ValueError with what is wrong."""
    return Options(tuple(_single(one) for one in (said if isinstance(said, list | tuple) else [said])))


def _single(said: Any) -> Place | Text | Code | Find | All:
    if isinstance(said, dict):
        return _all(said["all"]) if said.keys() == {"all"} else _find(said) if "find" in said else _code(said)
    if not isinstance(said, str) or not said.strip():
        hint = "; put words that YAML takes for yes or no in quotes" if isinstance(said, bool) else ""
        raise ValueError(f"{said!r} is no value: write a path, `text:` and a constant, a list, or a code map{hint}")
    if said.startswith(CONSTANT):
        return Text(((said.removeprefix(CONSTANT).strip(), None, ""),))
    return Text(tuple(_parts(said))) if "{" in said else place(said)


def _parts(template: str) -> Iterator[tuple[str, Place | None, str]]:
    for text, name, cut, conversion in Formatter().parse(template):
        known = _CUT.fullmatch(cut or "")
        if name == "" or conversion or (cut and not known):
            raise ValueError(
                f"{template!r}: only {{PATH}}, {{PATH:.4}}, {{PATH:/}}, {{PATH:#}} and {{PATH:18}} are known"
            )
        yield text, place(name) if name else None, known[0] if known else ""


def _find(said: dict[str, Any]) -> Find:
    if said.keys() != {"of", "find"} or not isinstance(said["find"], str) or not is_pattern(said["find"]):
        raise ValueError("a search has `of`, a value, and `find`, a pattern")
    return Find(parsed(said["of"]), said["find"])


def _all(said: Any) -> All:
    if not isinstance(said, list) or not said:
        raise ValueError("`all` is a list of values")
    return All(tuple(parsed(one) for one in said))


def _code(said: dict[str, Any]) -> Code:
    if wrong := said.keys() - {"of", "codes", "other"} or {"of", "codes"} - said.keys():
        raise ValueError(f"a code map has `of`, `codes` and perhaps `other`; see {', '.join(map(str, sorted(wrong)))}")
    codes, other = said["codes"], said.get("other")
    if not isinstance(codes, dict) or not all(isinstance(one, str) for one in codes.values()):
        raise ValueError("`codes` maps each code to a text (put codes that are numbers, yes or no in quotes)")
    if unquoted := [one for one in codes if not isinstance(one, str)]:
        raise ValueError(f"codes: put {unquoted[0]!r} in quotes")
    if other is not None and not isinstance(other, str):
        raise ValueError("`other` is the meaning of every code that is not named")
    return Code(parsed(said["of"]), codes, other)


def place(said: str) -> Place:
    """Where a path begins and what it selects. Raises ValueError."""
    if said.startswith("@"):
        return Place("@", word=said[1:].lower())
    if said == "$":
        return Place("$")
    return Place("$", paths.parsed(said[2:])) if said.startswith("$.") else Place("", paths.parsed(said))


Written = Annotated[Options, PlainValidator(parsed)]


def places(value: Options) -> list[Place]:
    """Every place that a value reads."""
    found: list[Place] = []
    for one in value.values:
        if isinstance(one, Place):
            found.append(one)
        elif isinstance(one, Code | Find):
            found += places(one.of)
        elif isinstance(one, All):
            found += [where for value in one.values for where in places(value)]
        else:
            found += [part for _, part, _ in one.parts if part]
    return found


def is_many(value: Options) -> str:
    """The path, or `all`, by which a value may be several; "" when it cannot."""
    if any(isinstance(one, All) for one in value.values):
        return "all"
    return next((paths.written(one.path) for one in places(value) if paths.is_many(one.path)), "")


def meanings(value: Options) -> list[str]:
    """Every text that a value can give by itself: constants, and the meanings of codes."""
    found: list[str] = []
    for one in value.values:
        if isinstance(one, Code):
            found += [*one.codes.values(), *([one.other] if one.other is not None else [])]
        elif isinstance(one, Text) and all(part is None for _, part, _ in one.parts):
            found.append("".join(text for text, _, _ in one.parts))
    return found


def texts(value: Options, scope: Scope) -> list[str]:
    """All texts of the first option that gives any. Raises Unfit where an object stands."""
    for one in value.values:
        if found := _read(one, scope):
            return found
    return []


def text(value: Options, scope: Scope) -> str | None:
    """The first text, or None. Raises Unfit where an object stands."""
    found = texts(value, scope)
    return found[0] if found else None


def _read(one: Place | Text | Code | Find | All, scope: Scope) -> list[str]:
    if isinstance(one, Place):
        return at(one, scope)
    if isinstance(one, Find):
        return [found for text in texts(one.of, scope) if (found := _found(text, one.pattern))]
    if isinstance(one, All):
        return list(dict.fromkeys(text for value in one.values for text in texts(value, scope)))
    if isinstance(one, Code):
        return [meaning for code in texts(one.of, scope) if (meaning := _meaning(one, code, scope))]
    return _composed(one, scope)


def _found(text: str, pattern: str) -> str:
    """By the engine that tables use, whose time grows with the text alone, whatever the pattern."""
    return pl.Series([text[:_SEARCHED]]).str.extract(f"({pattern})")[0] or ""


def _meaning(code: Code, said: str, scope: Scope) -> str:
    meaning = code.codes.get(said, code.other)
    if meaning is None:
        scope.unknown.append(said)
        return said
    return meaning


def _composed(made: Text, scope: Scope) -> list[str]:
    """One text; none where one of its places is empty."""
    parts: list[str] = []
    for before, where, cut in made.parts:
        parts.append(before)
        if where is not None:
            found = at(where, scope)
            if not found:
                return []
            parts.append(_taken(found[0], cut))
    return ["".join(parts)]


def _taken(text: str, cut: str) -> str:
    if not cut:
        return text
    if cut == LONG_ID:
        return _long_id(text)
    return text.rpartition(cut)[2] if cut in BEHIND else text[: int(cut.removeprefix("."))]


def _long_id(text: str) -> str:
    """A record id of 15 characters with its three signs; anything else as it is. Keys are compared without capitals."""
    if len(text) != 15 or not (text.isascii() and text.isalnum()):
        return text
    fives = (text[at : at + 5] for at in (0, 5, 10))
    return text + "".join(_SIGNS[sum(1 << at for at, one in enumerate(five) if one.isupper())] for five in fives)


def at(where: Place, scope: Scope) -> list[str]:
    """The texts at a place, without empty ones. Raises Unfit where an object or list stands."""
    if where.root == "@":
        return [scope.words[where.word]] if scope.words.get(where.word) else []
    found = selected(where, scope)
    if any(isinstance(one, dict | list) and one for one in found):
        raise Unfit("bad_field", f"{paths.written(where.path)} holds an object or a list where a value is wanted")
    return [one for value in found if (one := paths.plain(value)) is not None and one not in scope.empty]


def selected(where: Place, scope: Scope) -> Sequence[Any]:
    """The parts at a place, whatever they are. Raises Unfit when the message has too many."""
    return scope.budget.spent(paths.select(scope.document if where.root == "$" else scope.part, where.path))
