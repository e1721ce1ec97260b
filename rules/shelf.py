"""Where rules come from: the catalogue, what was published here, and files of this installation. The last one wins.

What is ours is strict and must read. What an installation adds may be faulty without harm: a document with a fault is
left out as a whole, its faults are told, and what it would have replaced stays in force.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.contracts import Kind
from app.errors import OrderscopeError
from app.settings import Settings
from rules import examples
from rules.book import Entry, settled, understood
from rules.kinds import KINDS
from rules.scenes import Play
from rules.source import Document, Fault

#: In the order in which they win.
ORIGINS = ("catalogue", "published", "file")


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and where it comes from."""

    entry: Entry
    origin: str


@dataclass(slots=True)
class Shelf:
    """All rules by id, each with those that it replaces before it; and the faults of documents that were left out."""

    placed: dict[str, list[Placed]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    play: Play | None = None

    @property
    def entries(self) -> list[Entry]:
        """The rules in force, in the order of their ids."""
        return [self.placed[id][-1].entry for id in sorted(self.placed)]

    def put(self, origin: str, documents: Iterable[Document | Fault], settings: Settings | None = None) -> None:
        """Add what reads without a fault; under `settings` it must also fit their changes."""
        for document in documents:
            entries, faults = self.read(origin, document, settings)
            self.faults += faults
            for entry in [] if faults else entries:
                self.placed.setdefault(entry.rule.id, []).append(Placed(entry, origin))

    def read(
        self, origin: str, document: Document | Fault, settings: Settings | None = None
    ) -> tuple[list[Entry], list[Fault]]:
        """The rules of one document and its faults, beside all that stands here."""
        entries, faults = examined(document, {entry.rule.id: entry for entry in self.entries}, settings, self.play)
        taken = [entry for entry in entries if self.origin(entry.rule.id) == origin]
        what, mend = "another document has a rule of this id", "Keep one of them."
        return entries, faults + [entry.fault(what, mend, "id") for entry in taken]

    def origin(self, id: str) -> str:
        """Where the rule in force of this id comes from; "" where there is none."""
        return self.placed[id][-1].origin if id in self.placed else ""


def stocked(catalogue: Iterable[Entry], play: Play | None = None) -> Shelf:
    """A shelf with the catalogue on it, which has been read already; `play` runs examples of rules over findings."""
    return Shelf({entry.rule.id: [Placed(entry, ORIGINS[0])] for entry in catalogue}, play=play)


def examined(
    document: Document | Fault,
    beside: Mapping[str, Entry],
    settings: Settings | None = None,
    play: Play | None = None,
    kinds: Mapping[str, Kind] = KINDS,
) -> tuple[list[Entry], list[Fault]]:
    """The rules of one document and all its faults: of its shape, of its examples, and of what the settings change."""
    entries, faults = understood([document], kinds, beside)
    faults = faults + examples.check(entries, kinds, play)
    return entries, faults + [wrong for entry in entries if settings and (wrong := _unsettled(entry, settings))]


def _unsettled(entry: Entry, settings: Settings) -> Fault | None:
    try:
        settled(entry.rule, settings)
    except OrderscopeError as fault:
        return entry.fault(fault.detail, fault.mend)
    return None
