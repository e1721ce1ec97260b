"""Where rules come from: the catalogue, what was published here, and files of this installation. The last one wins.

What is ours is strict and must read. What an installation adds may be faulty without harm: a document with a fault, or
one that does not fit to all the others, is left out as a whole, its faults are told, and what it would have replaced
stays in force. Documents are read first, each by itself, and then held against each other, so that their order says
nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app.errors import OrderscopeError
from rules.book import Entry, crossed
from rules.reading import Read
from rules.source import Fault

#: In the order in which they win; what somebody is just writing is tried in front of all.
ORIGINS = ("catalogue", "published", "file", "written")
#: Raises OrderscopeError where rules do not fit the settings; what is said of ids that still wait is passed over.
Fits = Callable[[Sequence[Entry], "Lost"], object]


@dataclass(frozen=True, slots=True)
class Placed:
    """A rule and where it comes from."""

    entry: Entry
    origin: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document that is to stand on the shelf under its name (a rule's id or a file's name), and what it said when it last did."""

    origin: str
    name: str
    read: Read
    before: Read | None = None


@dataclass(frozen=True, slots=True)
class Lost:
    """The ids of rules in documents that are left out; `any` where one of these cannot be read at all."""

    ids: frozenset[str] = frozenset()
    any: bool = False

    def __contains__(self, id: object) -> bool:
        """Whether a rule of this id may be one that is left out."""
        return self.any or id in self.ids

    @classmethod
    def of(cls, reads: Iterable[Read]) -> "Lost":
        """What these documents mean to hold."""
        held = [read.holds for read in reads]
        return cls(frozenset().union(*(ids for ids in held if ids is not None)), None in held)


@dataclass(slots=True)
class Shelf:
    """All rules by id, each behind those that it replaces; which documents are left out, and why.

    `left` has the faults of documents by origin and name, `texts` what counts of each document that stands.
    """

    placed: dict[str, tuple[Placed, ...]]
    left: dict[tuple[str, str], list[Fault]] = field(default_factory=dict)
    texts: dict[tuple[str, str], str] = field(default_factory=dict)
    lost: Lost = Lost()

    @property
    def entries(self) -> list[Entry]:
        """The rules in force, in the order of their ids."""
        return _in_force(self.placed)

    @property
    def faults(self) -> list[Fault]:
        """The faults of everything that is left out."""
        return [fault for faults in self.left.values() for fault in faults]

    def origin(self, id: str) -> str:
        """Where the rule in force of this id comes from; "" where there is none."""
        return self.placed[id][-1].origin if id in self.placed else ""


def stocked(catalogue: Iterable[Entry], sheets: Sequence[Sheet], fits: Fits) -> Shelf:
    """The catalogue, and of the sheets all that fit: where two do not fit together, the one that comes first here stands.

    A sheet that is left out stands as it was before, if that fits.
    """
    shelf = Shelf({entry.rule.id: (Placed(entry, ORIGINS[0]),) for entry in catalogue})
    rest = _added(shelf, [(sheet, sheet.read) for sheet in sheets], fits, ())
    shelf.left = {(sheet.origin, sheet.name): faults for sheet, faults in rest}
    reads = [sheet.read for sheet, _ in rest]
    shelf.lost = Lost.of(reads)
    _added(shelf, [(sheet, sheet.before) for sheet, _ in rest if sheet.before], fits, reads)
    return shelf


def _added(
    shelf: Shelf, wanted: Sequence[tuple[Sheet, Read]], fits: Fits, missing: Sequence[Read]
) -> list[tuple[Sheet, list[Fault]]]:
    """Put on the shelf what fits, all at once or in as many rounds as bring something; the others with their faults."""
    faulty = [(sheet, list(read.faults)) for sheet, read in wanted if read.faults]
    missing = [*missing, *(read for _, read in wanted if read.faults)]
    waiting = [one for one in wanted if not one[1].faults]
    if not _put(shelf, waiting, fits, Lost.of(missing)):
        return faulty
    while True:
        left: list[tuple[Sheet, Read, list[Fault]]] = []
        for n, one in enumerate(waiting):
            others = [*missing, *(read for _, read in waiting[n + 1 :]), *(read for _, read, _ in left)]
            if faults := _put(shelf, [one], fits, Lost.of(others)):
                left.append((*one, faults))
        if len(left) == len(waiting):
            return [*faulty, *((sheet, faults) for sheet, _, faults in left)]
        waiting = [(sheet, read) for sheet, read, _ in left]


def _put(shelf: Shelf, some: Sequence[tuple[Sheet, Read]], fits: Fits, lost: Lost) -> list[Fault]:
    """Put all of these on the shelf if they fit; else nothing, and why."""
    placed, faults = dict(shelf.placed), []
    for sheet, read in some:
        for entry in read.entries:
            before = placed.get(entry.rule.id, ())
            if any(one.origin == sheet.origin for one in before):
                faults.append(entry.fault("another document has a rule of this id", "Keep one of them.", "id"))
            both = (*before, Placed(entry, sheet.origin))
            placed[entry.rule.id] = tuple(sorted(both, key=lambda one: ORIGINS.index(one.origin)))
    if faults := faults or _unfit(_in_force(placed), [entry for _, read in some for entry in read.entries], fits, lost):
        return faults
    shelf.placed = placed
    shelf.texts |= {(sheet.origin, sheet.name): read.text for sheet, read in some}
    return []


def _unfit(entries: Sequence[Entry], new: Sequence[Entry], fits: Fits, lost: Lost) -> list[Fault]:
    """What does not fit now, told of the new ones."""
    if not new:
        return []
    mine = {entry.document.file for entry in new}
    faults = crossed(entries)
    if faults:
        return [one if one.file in mine else new[0].fault(f"does not fit to {one.what}", one.mend) for one in faults]
    try:
        fits(entries, lost)
    except OrderscopeError as fault:
        return [new[0].fault(fault.detail, fault.mend)]
    return []


def _in_force(placed: Mapping[str, Sequence[Placed]]) -> list[Entry]:
    return [placed[id][-1].entry for id in sorted(placed)]
