"""Rules for API, pages and commands: which are in force and where they come from; written, tried and published anew.

What a person publishes is read as strictly as the catalogue, with its examples, before it may take anything's place.
"""

from collections.abc import Callable
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
from rules import book, published, source
from rules.book import Entry
from rules.examples import outcomes
from rules.shelf import Placed, Shelf, examined
from rules.source import Document, Fault

LONGEST = 100_000
HERE = "rule"
#: Of so many texts it is remembered how their examples turn out.
_PLAYED = 200
Progress = Callable[[int, int], None]


class InForce(Protocol):
    """What is in force."""

    @property
    def shelf(self) -> Shelf:
        """All rules by where they come from."""
        ...


class Book(Protocol):
    """The rules of the running installation."""

    settings: Settings
    store: Store

    @property
    def now(self) -> InForce:
        """What is in force."""
        ...

    @property
    def notes(self) -> tuple[Fault, ...]:
        """What is left out, and why."""
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
        self._played: dict[str, list[Row]] = {}

    def listed(self) -> list[Row]:
        """Every rule in force, by its id."""
        told = counts(self._reader, self._board)
        shelf = self._book.now.shelf
        return [self._row(shelf.placed[id], told) for id in sorted(shelf.placed)]

    def notes(self) -> list[Row]:
        """What is left out, and why."""
        return [noted(fault) for fault in self._book.notes]

    def schema(self) -> Row:
        """The JSON Schema of a file of rules."""
        return published.file_schema()

    def one(self, id: str) -> Row:
        """One rule whole: text, runbook, examples and how they turn out, what it replaces, its history."""
        placed = self._placed(id)
        rule = placed[-1].entry.rule
        published = publications.history(self._book.store, rule.id)
        return self._row(placed, counts(self._reader, self._board)) | {
            "text": placed[-1].entry.text, "runbook": rule.runbook.strip(),
            "examples": self._examples(placed[-1].entry),
            "open": worst(self._board, rule.code), "layers": [_layer(one) for one in placed], "history": _history(published, placed),
            "versions": self._reader.rule_versions(rule.id), "seen": published[-1]["number"] if published else 0,
            "said": rule.model_dump(mode="json", by_alias=True, exclude={"examples"}),
        }  # fmt: skip

    def examined(self, text: str) -> Row:
        """The faults of a text with their lines, what rules it holds, and how its examples turn out."""
        entries, faults = self._examined(text)
        told = [one for entry in entries for one in self._examples(entry)]
        return {
            "faults": [noted(fault) for fault in faults], "rules": [entry.rule.id for entry in entries], "examples": told,
            "publishing": [] if faults else [noted(fault) for fault in self._in_the_way(entries)],
        }  # fmt: skip

    def publish(self, text: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Put one rule in force in a person's name; raises BadInput with its faults, Conflict, or Stale."""
        entries, faults = self._examined(text)
        if faults := faults or self._in_the_way(entries):
            listed = [noted(fault) for fault in faults]
            raise BadInput("\n".join(f"line {f['line']}: {f['what']}. {f['mend']}" for f in listed), faults=listed)
        rule = entries[0].rule
        self._by_file(rule.id)
        publications.publish(
            self._book.store, rule.id, text, book.settled(rule, self._book.settings).rule_version, comment, who, via, seen
        )  # fmt: skip
        self._reload()
        return self.one(rule.id)

    def withdraw(self, id: str, comment: str, who: Identity, via: str, seen: int | None = None) -> Row:
        """Take back what was published of a rule; what it had replaced comes into force again."""
        placed = self._placed(id)
        id = placed[-1].entry.rule.id
        if "published" not in (one.origin for one in placed):
            raise Conflict(f"{id} was not published here.", "Only publications can be taken back.")
        settings = self._book.settings
        others = {*(one.sla for one in settings.sla_corrections), *(one.sla for one in settings.penalties)}
        named = id in {*settings.slas, *others}
        if len(placed) == 1 and named:
            raise Conflict(
                f"The settings speak of {id}, and nothing is left of it.", "Take it out of the settings first."
            )
        publications.publish(self._book.store, id, "", "", comment, who, via, seen)
        self._reload()
        return self.one(id) if len(placed) > 1 else {"id": id, "origin": None}

    def begin(self, text: str, frm: Any, to: Any, who: Identity) -> Row:
        """Try one rule on stored history, in the background; raises BadInput with its faults."""
        entries, faults = self._examined(text)
        if faults or len(entries) != 1:
            listed = [noted(fault) for fault in faults or [_several(entries)]]
            raise BadInput("\n".join(f"line {f['line']}: {f['what']}. {f['mend']}" for f in listed), faults=listed)
        rule = entries[0].rule
        return self._trials.begin(self._trying(rule, frm, to), {"rule": rule.id, "by": who.actor})

    def trial(self, id: str) -> Row:
        """How far a trial has come, and its answer."""
        return self._trials.look(id)

    def stop(self, id: str) -> Row:
        """End a trial."""
        return self._trials.stop(id)

    def _row(self, placed: list[Placed], told: dict[str, Row]) -> Row:
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

    def _placed(self, id: str) -> list[Placed]:
        found = self._book.now.shelf.placed.get(id[:1].upper() + id[1:])
        if not found:
            raise NotFound(f"There is no rule {id[:50]!r}.", "See `GET /api/v1/rules`.")
        return found

    def _examined(self, text: str) -> tuple[list[Entry], list[Fault]]:
        if len(text) > LONGEST:
            return [], [Fault(HERE, 1, "is longer than a rule can be", "Write one rule.")]
        document: Document | Fault = source.parse(text, HERE)
        beside = {entry.rule.id: entry for entry in self._book.now.shelf.entries}
        return examined(document, beside, self._book.settings, self._book.now.shelf.play)

    def _examples(self, entry: Entry) -> list[Row]:
        """The examples of a rule and how they turn out; those of one text are run once."""
        kept = self._played.get(entry.text)
        if kept is None:
            said = outcomes(entry, self._book.now.shelf.play)
            kept = [example(one, what) for one, what in zip(entry.rule.examples, said, strict=True)]
            self._played[entry.text] = kept
            while len(self._played) > _PLAYED:
                del self._played[next(iter(self._played))]
        return kept

    def _in_the_way(self, entries: list[Entry]) -> list[Fault]:
        """Why a text without a fault cannot be published as it is."""
        if len(entries) != 1:
            return [_several(entries)]
        entry = entries[0]
        placed = self._book.now.shelf.placed.get(entry.rule.id)
        before = placed[-1].entry.rule if placed else None
        if before and before.moves != entry.rule.moves and entry.rule.version <= before.version:
            what = f"`version` {before.version} is in force and means something else"
            return [entry.fault(what, f"Write `version: {before.version + 1}`.", "version")]
        return []

    def _by_file(self, id: str) -> None:
        if self._book.now.shelf.origin(id) == "file":
            file = self._book.now.shelf.placed[id][-1].entry.document.file
            raise Conflict(f"{id} stands in the file {file}, and files win.", "Change it there, or take it out there.")


def _several(entries: list[Entry]) -> Fault:
    return Fault(HERE, 1, f"holds {len(entries)} rules", "Publish and try one at a time.")


def _layer(placed: Placed) -> Row:
    entry = placed.entry
    return {
        "origin": placed.origin, "file": Path(entry.document.file).name, "line": entry.document.line(entry.place),
        "version": entry.rule.version, "text": entry.text,
    }  # fmt: skip


def _history(published: list[Row], placed: list[Placed]) -> list[Row]:
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
