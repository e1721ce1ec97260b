"""Rules for API, pages and commands: which are in force and where they come from; written, tried and published anew.

What a person publishes is read as strictly as the catalogue, with its examples, before it may take anything's place.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from difflib import unified_diff
from pathlib import Path
from typing import Any, Protocol

from app.cases import Board, Store, publications
from app.cases.identity import Identity
from app.cases.publications import Row
from app.errors import BadInput, Conflict, NotFound
from app.settings import Settings
from app.store.reader import Reader
from app.web.rule_shapes import brief, counts, example, noted, settings_changes, words_over, worst
from rules import book, published
from rules.book import Entry
from rules.degradation.limits import Limit
from rules.reading import Read, Reading, unread
from rules.shelf import Placed, Shelf
from rules.source import Fault

#: Many times the longest rule of the catalogue.
LONGEST = 30_000
HERE = "rule"
Progress = Callable[[int, int], None]


class InForce(Protocol):
    """The rules that are on."""

    @property
    def watches(self) -> Sequence[Any]:
        """Those over interfaces."""
        ...


class Book(Protocol):
    """The rules of the running installation: all of them by where they come from, and how texts are read."""

    settings: Settings
    store: Store
    shelf: Shelf
    reading: Reading

    @property
    def now(self) -> InForce:
        """What is in force, with the settings' changes."""
        ...

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What is left out, and why."""
        ...

    def beside(self, read: Read | None, ids: Sequence[str] = ()) -> list[Fault]:
        """What would not fit together with this text, or without the publications of these ids."""
        ...


class Trials(Protocol):
    """Trials in the background."""

    def begin(self, run: Callable[[Progress], Row], about: Row) -> Row:
        """Begin one; raises Busy."""
        ...

    def look(self, id: str) -> Row:
        """How far it has come, and its answer; raises NotFound."""
        ...

    def stop(self, id: str) -> Row:
        """End it; raises NotFound."""
        ...


class Ruling:
    """All of it blocks: call it in a worker thread. `trying` makes the trial of a rule, in a period of due dates."""

    def __init__(
        self, rules: Book, reload: Callable[[], bool], reader: Reader, board: Board, trials: Trials,
        trying: Callable[[Any, Any, Any], Callable[[Progress], Row]],
    ) -> None:  # fmt: skip
        self._book, self._reload, self._reader, self._board = rules, reload, reader, board
        self._trials, self._trying = trials, trying
        self._pen = threading.Lock()

    def listed(self) -> list[Row]:
        """Every rule in force, by its id."""
        told = counts(self._reader, self._board)
        shelf = self._book.shelf
        return [self._row(shelf.placed[id], told) for id in sorted(shelf.placed)]

    def notes(self) -> list[Row]:
        """What is left out, and why."""
        return [noted(fault) for fault in self._book.notes]

    def limits(self, source: str, interface: str, side: str) -> Mapping[str, Limit]:
        """The hard limits of an interface by measure; of several rules the first has the word."""
        here = [rule.at(source, interface, side) for rule in reversed(self._book.now.watches)]
        return {bound.measure: bound.limit for rule in here for bound in rule.limits}

    def schema(self) -> Row:
        """The JSON Schema of a file of rules."""
        return published.file_schema()

    def one(self, id: str) -> Row:
        """One rule whole: text, runbook, examples and how they turn out, what it replaces, its history.

        One that was published and is left out has its text, why it is left out, and its history.
        """
        id = id[:1].upper() + id[1:]
        placed = self._book.shelf.placed.get(id, ())
        told = publications.history(self._book.store, id)
        away = self._book.shelf.left.get(("published", id), [])
        if not placed and not away:
            raise NotFound(f"There is no rule {id[:50]!r}.", "See `GET /api/v1/rules`.")
        said = {
            "seen": publications.number(told[-1] if told else None), "left_out": [noted(fault) for fault in away],
            "history": _history(told, placed),
        }  # fmt: skip
        return said | (self._whole(placed) if placed else {"id": id, "origin": None, "text": told[-1]["text"]})

    def _whole(self, placed: Sequence[Placed]) -> Row:
        entry = placed[-1].entry
        rule = entry.rule
        return self._row(placed, counts(self._reader, self._board)) | {
            "text": entry.text, "runbook": rule.runbook.strip(), "examples": self._examples(entry),
            "open": worst(self._board, rule.code), "layers": [_layer(one) for one in placed],
            "versions": self._reader.rule_versions(rule.id),
            "said": rule.model_dump(mode="json", by_alias=True, exclude={"examples"}),
        }  # fmt: skip

    def examined(self, text: str) -> Row:
        """The faults of a text with their lines, what rules it holds, and how its examples turn out."""
        read, faults = self._examined(text)
        told = [one for entry in read.entries for one in self._examples(entry)] if not read.faults else []
        return {
            "faults": [noted(fault) for fault in faults], "rules": [entry.rule.id for entry in read.entries], "examples": told,
            "publishing": [] if faults else [noted(fault) for fault in self._in_the_way(read)],
        }  # fmt: skip

    def publish(self, text: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Put one rule in force in a person's name; raises BadInput with its faults, Conflict, or Stale."""
        with self._pen:
            rule = self._sound(text, publishing=True).rule
            self._by_file(rule.id)
            version = book.settled(rule, self._book.settings).rule_version
            publications.publish(self._book.store, rule.id, text, version, comment, who, via, seen)
            self._reload()
        return self.one(rule.id)

    def withdraw(self, id: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Take back what was published of a rule, in force or left out; what it had replaced comes into force again."""
        id = id[:1].upper() + id[1:]
        with self._pen:
            if id not in publications.standing(self._book.store):
                raise Conflict(f"{id[:50]} was not published here.", "Only publications can be taken back.")
            if faults := self._book.beside(None, [id]):
                raise Conflict(f"Without {id} not all would fit: {faults[0].what}.", faults[0].mend)
            publications.publish(self._book.store, id, "", "", comment, who, via, seen)
            self._reload()
        return self.one(id) if id in self._book.shelf.placed else {"id": id, "origin": None}

    def begin(self, text: str, frm: Any, to: Any, who: Identity) -> Row:
        """Try one rule on stored history, in the background; raises BadInput with its faults."""
        rule = self._sound(text).rule
        return self._trials.begin(self._trying(rule, frm, to), {"rule": rule.id, "by": who.actor})

    def trial(self, id: str) -> Row:
        """How far a trial has come, and its answer."""
        return self._trials.look(id)

    def stop(self, id: str) -> Row:
        """End a trial."""
        return self._trials.stop(id)

    def _row(self, placed: Sequence[Placed], told: dict[str, Row]) -> Row:
        settings = self._book.settings
        entry, rule = placed[-1].entry, placed[-1].entry.rule
        sla = settings.slas.get(rule.id)
        return brief(rule, book.settled(rule, settings)) | {
            "origin": placed[-1].origin, "file": entry.document.file if placed[-1].origin == "file" else None,
            "replaces": [one.origin for one in placed[:-1]], "enabled": sla.enabled if sla else True,
            "settings": settings_changes(rule, book.settled(rule, settings)), **words_over(rule),
            "dues": told["dues"].get(rule.id), "open_cases": told["cases"].get(rule.code, 0),
            "unknown": told["unknown"].get(rule.id, 0),
        }  # fmt: skip

    def _examined(self, text: str) -> tuple[Read, list[Fault]]:
        """A text, and its faults: its own, or else how it does not fit to everything else."""
        if len(text) > LONGEST:
            read = unread(Fault(HERE, 1, f"is longer than a rule can be ({LONGEST:,} characters)", "Write one rule."))
        else:
            read = self._book.reading.of(text, HERE)
        return read, list(read.faults) or self._book.beside(read)

    def _sound(self, text: str, publishing: bool = False) -> Entry:
        """The one rule of a text that can be tried, or published; raises BadInput with its faults."""
        read, faults = self._examined(text)
        faults = faults or (self._in_the_way(read) if publishing else _several(read))
        if faults:
            listed = [noted(fault) for fault in faults]
            raise BadInput("\n".join(f"line {f['line']}: {f['what']}. {f['mend']}" for f in listed), faults=listed)
        return read.entries[0]

    def _examples(self, entry: Entry) -> list[Row]:
        """The examples of a rule and how they turn out."""
        (said,) = self._book.reading.outcomes(entry)
        return [example(one, what) for one, what in zip(entry.rule.examples, said, strict=True)]

    def _in_the_way(self, read: Read) -> list[Fault]:
        """Why a text without a fault cannot be published as it is."""
        if several := _several(read):
            return several
        entry = read.entries[0]
        placed = self._book.shelf.placed.get(entry.rule.id)
        before = placed[-1].entry.rule if placed else None
        if before and before.moves != entry.rule.moves and entry.rule.version <= before.version:
            what = f"`version` {before.version} is in force and means something else"
            return [entry.fault(what, f"Write `version: {before.version + 1}`.", "version")]
        return []

    def _by_file(self, id: str) -> None:
        if self._book.shelf.origin(id) == "file":
            file = self._book.shelf.placed[id][-1].entry.document.file
            raise Conflict(f"{id} stands in the file {file}, and files win.", "Change it there, or take it out there.")


def _several(read: Read) -> list[Fault]:
    if len(read.entries) == 1:
        return []
    return [Fault(HERE, 1, f"holds {len(read.entries)} rules", "Publish and try one at a time.")]


def _layer(placed: Placed) -> Row:
    entry = placed.entry
    return {
        "origin": placed.origin, "file": Path(entry.document.file).name, "line": entry.document.line(entry.place),
        "version": entry.rule.version, "text": entry.text,
    }  # fmt: skip


def _history(published: list[Row], placed: Sequence[Placed]) -> list[Row]:
    """What was published, newest first, each with what it changed of the text before."""
    before = next((one.entry.text for one in placed if one.origin == "catalogue"), "")
    told = []
    for row in published:
        after = row["text"]
        lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=2) if after else []
        told.append(
            {name: row[name] for name in ("number", "at", "author", "via", "comment", "version")}
            | {"withdrawn": not after, "text": after, "change": list(lines)[2:]}
        )
        before = after or next((one.entry.text for one in placed if one.origin == "catalogue"), "")
    return told[::-1]
