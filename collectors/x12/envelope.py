"""Takes transactions out of their envelopes and says what the envelopes get wrong, without losing what they hold.

A transaction that ends with its SE is read, with a flag where its count or number is wrong. One without an SE is cut
short: nobody knows what is missing, so it is refused alone. Faults of groups and interchanges are refusals of their own,
beside the transactions inside. What was cut short names what has to come again.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from collectors.again import Brought, document
from collectors.x12.segments import Fault, Interchange, Segment

#: Flags of a transaction: its SE counts other segments than there are, or ends another transaction.
WRONG_COUNT, WRONG_NUMBER = "count_mismatch", "control_mismatch"
#: It stands in no group, so that nobody can acknowledge it.
NO_GROUP = "no_group"
_OURS = frozenset(("GS", "GE", "ST", "SE", "IEA", "TA1"))
_BEGINNINGS = frozenset(tag[:2] for tag in _OURS)
#: What may be wrong with an envelope that nevertheless is whole.
_HARMLESS = "missing_terminator"
#: Sets that begin with the number of a shipment -> the segment that tells one document about it from the next.
_TELLING = {"204": "B2A", "214": "AT7"}


@dataclass(slots=True)
class Transaction:
    """A transaction set from ST to before SE, in its group. `place` counts segments of the interchange from the ISA."""

    interchange: Interchange
    group: Segment
    segments: list[Segment]
    place: int
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Acknowledgement:
    """A TA1 segment: the receiver's word on an interchange."""

    interchange: Interchange
    segment: Segment
    place: int


Part = Transaction | Acknowledgement | Fault | Brought


def parts(interchange: Interchange) -> Iterator[Part]:
    """The transactions and TA1 segments of an interchange, what is wrong with it, and what it brought, in order."""
    walk = _Walk(interchange)
    separator = interchange.delimiters.element
    for place, text in enumerate(interchange.segments, 2):
        if text[:2] in _BEGINNINGS and (tag := text[:4].split(separator, 1)[0]) in _OURS:
            yield from walk.control(tag, text, place)
        elif walk.open:
            walk.held.append(text)
        else:
            walk.strays.append((place, text))
    yield from walk.closed()


@dataclass(slots=True)
class _Walk:
    """Where the reader stands: which group and transaction is open, and how many it has seen."""

    interchange: Interchange
    group: Segment = field(default_factory=list)
    open: bool = False
    held: list[str] = field(default_factory=list)
    place: int = 0
    sets: int = 0
    groups: int = 0
    ended: bool = False
    brought: Brought = field(default_factory=Brought)
    strays: list[tuple[int, str]] = field(default_factory=list)

    def control(self, tag: str, text: str, place: int) -> Iterator[Part]:
        """One segment of an envelope."""
        segment = self.interchange.elements(text)
        if tag == "SE" and self.open:
            yield self._transaction(segment)
        elif tag == "TA1":
            yield Acknowledgement(self.interchange, segment, place)
        else:
            yield from self._cut_short(f"{tag} follows before its SE")
            yield from self._step(tag, segment, text, place)

    def closed(self) -> Iterator[Part]:
        """What is still open when the interchange is over."""
        if self.interchange.torn:
            self.held = self.held[:-1] or self.held
        yield from self._cut_short("the interchange ends before its SE")
        yield from self._no_end()
        if not self.ended:
            yield self._fault("truncated", "ends without an IEA segment", again=self.brought.unended())
        if mended := self.interchange.mended:
            yield self._fault(_HARMLESS, f"{mended} segments end with a line break only and were read so")
        if self.strays:
            place, text = self.strays[0]
            detail = f"segment {place} and {len(self.strays) - 1} more stand outside any transaction"
            yield self._fault("stray_segments", detail, text)
        yield self.brought

    def _step(self, tag: str, segment: Segment, text: str, place: int) -> Iterator[Part]:
        if tag == "GS":
            yield from self._no_end()
            self.group, self.sets, self.groups = segment, 0, self.groups + 1
        elif tag == "ST":
            self.open, self.held, self.place, self.sets = True, [text], place, self.sets + 1
        elif tag == "GE":
            yield from self._checked(segment, "GE", "transactions", self.sets, _at(self.group, 6))
            self.group = []
        elif tag == "IEA":
            yield from self._no_end()
            yield from self._checked(segment, "IEA", "groups", self.groups, _at(self.interchange.isa, 13))
            self.ended = True
        else:
            self.strays.append((place, text))

    def _transaction(self, end: Segment) -> Transaction:
        segments = [self.interchange.elements(text) for text in self.held]
        wrong_count = _number(_at(end, 1)) != len(segments) + 1
        wrong_number = _at(end, 2) != _at(segments[0], 2)
        flags = [WRONG_COUNT] * wrong_count + [WRONG_NUMBER] * wrong_number + [NO_GROUP] * (not self.group)
        self.brought.add(self._named(segments), not (wrong_count or wrong_number))
        self.open, self.held = False, []
        return Transaction(self.interchange, self.group, segments, self.place, flags)

    def _cut_short(self, why: str) -> Iterator[Fault]:
        if self.open:
            st = self.interchange.elements(self.held[0])
            detail = f"transaction {_at(st, 1)} {_at(st, 2)} at segment {self.place} is cut short: {why}"
            name = self._named([self.interchange.elements(text) for text in self.held])
            self.brought.add(name, False)
            yield self._fault("truncated", detail, self.held[0], (name,))
        self.open, self.held = False, []

    def _no_end(self) -> Iterator[Fault]:
        if self.group:
            detail = f"group {_at(self.group, 6)} ends without a GE segment"
            yield self._fault("truncated", detail, again=self.brought.unended())
        self.group = []

    def _named(self, segments: list[Segment]) -> str:
        """By what a transaction is known when it comes again; "" where too little of it is there."""
        set_id = _at(segments[0], 1)
        telling = _TELLING.get(set_id)
        more = [one for one in segments[2:] if one[0] == telling][:1] if telling else []
        words = segments[1:2] + more
        if len(words) < 1 + bool(telling):
            return ""
        sender = f"{_at(self.interchange.isa, 6)}/{_at(self.group, 2)}"
        return document(set_id, sender, " ".join("*".join(one) for one in words))

    def _checked(self, segment: Segment, tag: str, what: str, count: int, number: str) -> Iterator[Fault]:
        """Count and control number of a trailer against what was seen."""
        if _number(_at(segment, 1)) != count:
            detail = f"{tag}01 says {_at(segment, 1)[:20]!r} {what}, {count} are there"
            yield self._fault("batch_incomplete", detail, again=self.brought.every())
        if not _same(_at(segment, 2), number):
            yield self._fault(WRONG_NUMBER, f"{tag}02 says {_at(segment, 2)[:20]!r}, the header says {number[:20]!r}")

    def _fault(self, reason: str, detail: str, excerpt: str = "", again: tuple[str, ...] = ()) -> Fault:
        self.brought.sound &= reason == _HARMLESS
        return Fault(reason, f"Interchange {_at(self.interchange.isa, 13)[:20]}: {detail}.", excerpt[:300], again)


def _at(segment: Segment, place: int) -> str:
    return segment[place] if len(segment) > place else ""


def _number(text: str) -> int:
    """A count; -1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1


def _same(a: str, b: str) -> bool:
    """Control numbers are compared as numbers where they are such: padding gets lost on the way."""
    return a == b or _number(a) == _number(b) != -1
