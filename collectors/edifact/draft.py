"""An event as it is being read from a message: what the wire's readers give, before it becomes a row."""

from dataclasses import dataclass, field
from typing import Any

from collectors.edifact import codes
from collectors.edifact.config import Terms
from collectors.edifact.document import Document, Line, ssccs
from collectors.edifact.envelope import Post
from collectors.edifact.syntax import Segment
from collectors.edifact.times import Moment, moment, prepared
from collectors.reading import KEY_LIMIT, TEXT_LIMIT, plain

#: Keys that the events of one message may name together.
MOST_KEYS = 100_000
#: (type, value, issuer)
Key = tuple[str, str, str | None]


class Unfit(Exception):
    """Something that cannot be taken: the reason's code, what a person should know, and the segment it stands in."""

    def __init__(self, reason: str, detail: str, segment: Segment) -> None:
        super().__init__(detail)
        self.reason, self.segment = reason, segment


@dataclass(slots=True)
class Draft:
    """One event: the segment that it is of (its item), type, time, keys, lines, other fields, attributes, flags."""

    segment: Segment
    type: str
    at: Moment
    keys: list[Key] = field(default_factory=list)
    lines: list[tuple[str | None, ...]] | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Reader:
    """What readers of a message have at hand: its parts, the terms of its sender, and what they refuse on the way."""

    document: Document
    terms: Terms
    post: Post
    is_invoice: bool = False
    spent: int = 0
    cited: list[str] = field(default_factory=list)
    issuers: dict[str, str | None] = field(default_factory=dict)
    lines_named: dict[int, list[Key]] = field(default_factory=dict)

    def named(self, line: Line) -> list[Key]:
        """The keys that a line names."""
        place = line.head.place
        if place not in self.lines_named:
            self.lines_named[place] = self.references(line.segments.get("RFF", []))
            if not self.document.packages:
                self.lines_named[place] += self.packages(line.segments.get("GIN", []))
        return self.lines_named[place]

    def refuse(self, reason: str, detail: str, segment: Segment) -> None:
        """Keep a refusal; the rest of the message stands."""
        letter = self.document.letter
        native = f"{letter.interchange.ref}:{letter.ref}"
        self.post.refuse(segment.place, reason, detail, segment.shown(), native)

    def unfit(self, fault: Unfit) -> None:
        """Keep what an Unfit says as a refusal."""
        self.refuse(fault.reason, str(fault), fault.segment)

    def date(self, qualifiers: tuple[str, ...], line: Line | None = None) -> Moment | None:
        """The first of the dates that there is. A date that cannot be read is refused, and is none."""
        found = self.document.chosen("DTM", qualifiers, line)
        return self.moment(found) if found else None

    def moment(self, dtm: Segment) -> Moment | None:
        """The instant of a DTM."""
        self.document.use(dtm)
        text = dtm.text(1, 1)
        made = moment(text, dtm.text(1, 2), self.terms.zone)
        if made is None and text:
            self.refuse(
                "bad_time", f"{dtm.code[:10]} {text[:40]!r} is no date of the format {dtm.text(1, 2)[:10]!r}.", dtm
            )
        return made

    def happened(self, qualifiers: tuple[str, ...]) -> Moment:
        """When it happened: the first of these dates, else that of the document, else the interchange's. Raises Unfit."""
        found = self.document.chosen("DTM", (*qualifiers, "137"))
        said = self.moment(found) if found else None
        return self.refined(said)

    def refined(self, said: Moment | None) -> Moment:
        """A time as it stands, with the interchange's time of day where it only names the day on which that was made."""
        letter = self.document.letter
        made = prepared(*letter.interchange.prepared, self.terms.zone)
        if said is None and made is None:
            raise Unfit("missing_time", "Neither the message nor its interchange says when.", letter.head)
        if made is None or (said and not (said.day and said.at <= made.at < said.at + 86_400_000_000)):
            assert said is not None
            return Moment(said.at, said.basis, said.day, (*said.flags, "day_only") if said.day else said.flags)
        flags = said.flags if said else ()
        return Moment(made.at, made.basis, False, (*flags, "time_of_interchange"))

    def key(self, kind: str, value: str, segment: Segment) -> list[Key]:
        """A key, or none where it is empty; one that is too long is refused."""
        if not (kind and value):
            return []
        if len(value) > KEY_LIMIT:
            self.refuse("key_too_long", f"A number of {len(value):,} characters is no key.", segment)
            return []
        return [(kind, value, self.issuer(kind))]

    def issuer(self, kind: str) -> str | None:
        """Whose number it is, None where the rule for all wires says it."""
        if kind not in self.issuers:
            parties = {nad.code: nad.text(2) for nad in self.document.head.get("NAD", ())}
            self.issuers[kind] = self.terms.issuer(kind, parties)
        return self.issuers[kind]

    def references(self, segments: list[Segment]) -> list[Key]:
        """The keys that RFF segments name; an invoice only cites others, or two documents would be taken for one."""
        found: list[Key] = []
        for rff in segments:
            qualifier = rff.code
            kind = self.terms.kind(qualifier)
            if kind == "inv" and self.is_invoice:
                self.cited.append(rff.text(1, 1))
            elif kind:
                found += self.key(kind, rff.text(1, 1), rff)
            if kind or qualifier in codes.NO_KEYS:
                self.document.use(rff)
        return found

    def spend(self, count: int) -> None:
        """Count keys that the events of a message repeat. Raises Unfit when they are more than MOST_KEYS together."""
        self.spent += count
        if self.spent > MOST_KEYS:
            raise Unfit(
                "too_many_keys", f"The events would name over {MOST_KEYS:,} numbers.", self.document.letter.head
            )

    def packages(self, gins: list[Segment]) -> list[Key]:
        """The SSCCs of identities that stand in no package."""
        found: list[Key] = []
        for gin in gins:
            if numbers := ssccs(gin):
                self.document.use(gin)
                found += [key for one in numbers for key in self.key("sscc", one, gin)]
        return found

    def number(self, text: str, segment: Segment) -> str | None:
        """A quantity or amount as plain decimal text; both decimal marks are allowed (ISO 9735). Raises Unfit."""
        if not text:
            return None
        made = plain(text.replace(",", "."))
        if made is None:
            raise Unfit(
                "bad_quantity" if segment.tag == "QTY" else "bad_amount", f"{text[:40]!r} is no number.", segment
            )
        return made

    def text(self, value: str) -> str | None:
        """A text within the limit of a field, None for none."""
        return value[:TEXT_LIMIT] or None

    def party(self, roles: tuple[str, ...]) -> str:
        """The id of the first of these parties that is named."""
        found = self.document.chosen("NAD", roles)
        return found.text(2) if found else ""
