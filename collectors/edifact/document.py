"""The parts that the trade's messages share: numbers, dates, parties, lines with quantities, packages.

Reading marks segments as used, so that what a message carried and nobody read can be told (`unread.py`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from collectors.edifact.envelope import Letter
from collectors.edifact.syntax import Segment

#: Before the tag of quantities and dates that belong to the delivery schedule of a line (SCC), not to the line itself.
SCHEDULED = "SCC "


@dataclass(slots=True)
class Line:
    """One line (LIN): its own segments by tag, its item numbers by qualifier, and the package it lies in."""

    head: Segment
    package: int | None
    segments: dict[str, list[Segment]] = field(default_factory=dict)

    @property
    def number(self) -> str:
        """The line number of this message."""
        return self.head.text(1)


@dataclass(slots=True)
class Package:
    """One level of the packing of a DESADV (CPS): what it lies in, its type, the SSCCs on it."""

    place: int
    id: str
    parent: str
    type: str = ""
    sscc: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Document:
    """A message by its parts. `head` has the segments before the lines and after them (UNS), by tag."""

    letter: Letter
    head: dict[str, list[Segment]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    packages: list[Package] = field(default_factory=list)
    package_ids: dict[str, int] = field(default_factory=dict)
    used: set[int] = field(default_factory=set)

    def use(self, segment: Segment) -> None:
        """Mark a segment as read."""
        self.used.add(segment.place)

    def first(self, tag: str) -> Segment | None:
        """The first segment of that tag in the head, read."""
        found = next(iter(self.head.get(tag, ())), None)
        if found is not None:
            self.used.add(found.place)
        return found

    def value(self, tag: str, element: int, component: int = 0) -> str:
        """A value of the first such segment in the head, "" for none."""
        found = self.first(tag)
        return found.text(element, component) if found else ""

    def chosen(self, tag: str, qualifiers: Sequence[str], line: Line | None = None) -> Segment | None:
        """The segment with the first of the qualifiers that there is, of a line or the head, read."""
        return self.pick((line.segments if line else self.head).get(tag, ()), qualifiers)

    def pick(self, segments: Sequence[Segment], qualifiers: Sequence[str]) -> Segment | None:
        """The same among given segments."""
        for wanted in qualifiers if segments else ():
            for one in segments:
                if one.code == wanted:
                    self.used.add(one.place)
                    return one
        return None

    @property
    def number(self) -> str:
        """The number of the document (BGM 1004; C106 in newer directories has it first, too)."""
        return self.value("BGM", 2)

    @property
    def function(self) -> str:
        """What the document does (BGM 1225)."""
        return self.value("BGM", 3)

    @property
    def kind(self) -> str:
        """The name of the document (BGM 1001)."""
        return self.value("BGM", 1)


def document(letter: Letter) -> Document:
    """The parts of a message."""
    made = Document(letter)
    line: Line | None = None
    scheduled = False
    for segment in letter.segments[1:]:
        tag = segment.tag
        if tag == "LIN":
            scheduled = False
            line = Line(segment, len(made.packages) - 1 if made.packages else None)
            made.lines.append(line)
        elif tag == "UNS":
            line = line if segment.code == "D" else None
        elif tag == "CPS":
            line = None
            made.package_ids[segment.code] = len(made.packages)
            made.packages.append(Package(len(made.packages), segment.code, segment.text(2)))
        elif made.packages and tag in _PACKING:
            _PACKING[tag](made.packages[-1], segment)
            made.use(segment)
            if tag == "GIN" and line is not None:
                line.segments.setdefault(tag, []).append(segment)
        else:
            scheduled = tag == "SCC" or (scheduled and tag != "LIN")
            kept = SCHEDULED + tag if scheduled and line is not None and tag in ("QTY", "DTM") else tag
            (made.head if line is None else line.segments).setdefault(kept, []).append(segment)
    return made


def _packed(package: Package, pac: Segment) -> None:
    package.type = package.type or pac.text(3)


def _numbered(package: Package, gin: Segment) -> None:
    package.sscc += ssccs(gin)


_PACKING: dict[str, Callable[[Package, Segment], None]] = {"PAC": _packed, "GIN": _numbered}


def ssccs(gin: Segment) -> list[str]:
    """The serial shipping container codes of a GIN; a range gives its ends."""
    if gin.code != "BJ":
        return []
    values = [part for element in range(2, len(gin.parts)) for part in (gin.text(element), gin.text(element, 1))]
    return [value for value in values if value]
