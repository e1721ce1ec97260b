"""Documents of rules read by themselves, each text once: its rules, and all its faults of shape and of examples."""

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.contracts import Kind
from rules import examples, source
from rules.book import Entry, parsed
from rules.kinds import KINDS
from rules.scenes import Play
from rules.source import Document, Fault

#: Of so many texts it is remembered what they say.
_KEPT = 500
#: Examples that are run of one document.
_EXAMPLES = 300


@dataclass(frozen=True, slots=True)
class Read:
    """A document: `holds` are the ids of rules that it means to hold, None where it says none that can be read."""

    text: str
    entries: tuple[Entry, ...]
    faults: tuple[Fault, ...]
    holds: frozenset[str] | None


def unread(fault: Fault) -> Read:
    """A document of which there is no text."""
    return Read("", (), (fault,), None)


class Reading:
    """Reads documents and remembers what they say; one thread at a time runs examples. `play` runs those over findings."""

    def __init__(self, play: Play | None = None, kinds: Mapping[str, Kind] = KINDS) -> None:
        self._play, self._kinds = play, kinds
        self._read: OrderedDict[tuple[str, str], Read] = OrderedDict()
        self._outcomes: OrderedDict[str, list[str]] = OrderedDict()
        self._lock = threading.RLock()

    def of(self, text: str, file: str) -> Read:
        """A text that came from `file`."""
        with self._lock:
            if (file, text) not in self._read:
                _keep(self._read, (file, text), self._understood(text, file))
            return self._read[file, text]

    def outcomes(self, *entries: Entry) -> list[list[str]]:
        """Of each rule how each of its examples turned out otherwise than it says; "" where it did not."""
        with self._lock:
            known = {entry.text: self._outcomes[entry.text] for entry in entries if entry.text in self._outcomes}
            fresh = [entry for entry in entries if entry.text not in known]
            known |= zip((one.text for one in fresh), examples.outcomes(fresh, self._play, self._kinds), strict=True)
            for entry in fresh:
                _keep(self._outcomes, entry.text, known[entry.text])
            return [known[entry.text] for entry in entries]

    def _understood(self, text: str, file: str) -> Read:
        document = source.parse(text, file)
        entries, faults = parsed([document], self._kinds)
        if sum(len(entry.rule.examples) for entry in entries) > _EXAMPLES:
            faults.append(Fault(file, 1, f"has more than {_EXAMPLES} examples", "Leave out those that say the same."))
        if not faults:
            faults = examples.faults(entries, self.outcomes(*entries))
        return Read(text, tuple(entries), tuple(faults), _holds(document))


def _holds(document: Document | Fault) -> frozenset[str] | None:
    said: Any = document.said if isinstance(document, Document) else None
    rules = said.get("rules") if isinstance(said, dict) else None
    if not isinstance(rules, list):
        return None
    return frozenset(str(one["id"]) for one in rules if isinstance(one, dict) and "id" in one)


def _keep(kept: "OrderedDict[Any, Any]", key: Any, value: Any) -> None:
    kept[key] = value
    while len(kept) > _KEPT:
        kept.popitem(last=False)
