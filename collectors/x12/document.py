"""One transaction as its reader sees it: elements, keys, lines, dates, parties, each found by the tables.

Readers raise `Unfit` for what cannot be a quantity, a key or an event; `translate` makes a refusal of it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from collectors.reading import KEY_LIMIT, TEXT_LIMIT, plain
from collectors.x12.codes import DATES, PLACES, QUALIFIED
from collectors.x12.segments import Segment
from collectors.x12.side import Side
from collectors.x12.tables import LINES
from collectors.x12.times import Instant, instant

Key = tuple[str, str, str | None]
#: line, sku, quantity, unit, price
Line = tuple[str | None, str | None, str | None, str | None, str | None]
NONE: Segment = []
_END_OF_DAY = "235959"
_MOST_STEPS = 10_000_000


class Unfit(Exception):
    """Why a transaction gives no event: a reason code and what a person should know."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(slots=True)
class Draft:
    """An event in the making. `fields` are columns of the event; `attrs` what is kept beside them."""

    type: str
    at: Instant
    keys: list[Key] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)


def at(segment: Segment, place: int) -> str:
    """An element; "" where the segment has none."""
    return segment[place] if len(segment) > place else ""


@dataclass(slots=True)
class Document:
    """A transaction: its set, segments without the SE, side, group (GS), and the number of its first segment."""

    set_id: str
    segments: list[Segment]
    side: Side
    group: Segment
    isa: Segment
    place: int = 0
    flags: list[str] = field(default_factory=list)
    #: What was found once for the whole transaction, which may have a hundred thousand segments.
    found: dict[str, Any] = field(default_factory=dict)
    tagged: dict[str, list[Segment]] = field(default_factory=dict)

    def first(self, *tags: str) -> Segment:
        """The first segment with one of these tags, the tags in order of preference; an empty one for none."""
        by_tag = self.by_tag()
        return next((by_tag[tag][0] for tag in tags if tag in by_tag), NONE)

    def every(self, tag: str) -> list[Segment]:
        """All segments with that tag."""
        return self.by_tag().get(tag, [])

    def some(self, tags: frozenset[str]) -> list[Segment]:
        """The segments with any of these tags, in their order."""
        return [one for one in self.segments if one[0] in tags]

    def by_tag(self) -> dict[str, list[Segment]]:
        """The segments by their tags."""
        if not self.tagged:
            for one in self.segments:
                self.tagged.setdefault(one[0], []).append(one)
        return self.tagged

    def where(self, segment: Segment) -> str:
        """Which segment of the interchange that is."""
        places = (n for n, one in enumerate(self.segments) if one is segment)
        return f"segment {self.place + next(places, 0)}, {segment[0][:3] if segment else ''}"

    def code(self, segment: Segment, place: int) -> str:
        """A code, as the mapping translates it."""
        text = at(segment, place)
        return self.side.told(f"{segment[0]}{place:02}", text) if text else ""

    def number(self, segment: Segment, place: int, reason: str = "bad_quantity") -> str | None:
        """A decimal number; None where there is none. Raises Unfit for what is none."""
        text = at(segment, place)
        if not text:
            return None
        number = plain(text)
        if number is None:
            raise Unfit(reason, f"{self.where(segment)}{place:02}: {text[:60]!r} is no decimal number.")
        return number

    def implied(self, segment: Segment, place: int) -> str | None:
        """An amount with two implied decimals (N2): 12345 is 123.45. One that writes its point is taken at its word."""
        text = self.number(segment, place, "bad_amount")
        if text is None or "." in text:
            return text
        sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
        digits = digits.rjust(3, "0")
        return f"{sign}{digits[:-2]}.{digits[-2:]}"

    def named(self, segments: Iterable[Segment] | None = None) -> list[Key]:
        """The keys that segments name by the tables of the set and the qualifiers of references, each once."""
        if segments is None:
            return list(self.once("keys", lambda: self.named(self.segments)))
        found: dict[Key, None] = {}
        for segment in segments:
            tag = segment[0]
            if tag in self.side.keys:
                found |= dict.fromkeys(self.key(k, at(segment, p)) for p, k in self.side.keys[tag] if at(segment, p))
            elif tag in QUALIFIED:
                found |= dict.fromkeys(self._referred(segment))
        return [key for key in found if key[0] not in ("line", "revision", "")]

    def once(self, name: str, find: Callable[[], Any]) -> Any:
        """What `find` gives, asked only once."""
        if name not in self.found:
            self.found[name] = find()
        return self.found[name]

    def bounded(self, steps: int) -> None:
        """Raises Unfit for a transaction whose loops are more work than any honest one."""
        if steps > _MOST_STEPS:
            raise Unfit("too_large", f"{steps:,} references between its loops.")

    def key(self, kind: str, value: str) -> Key:
        """A key with the issuer that the mapping names. Raises Unfit for one that is too long."""
        if len(value) > KEY_LIMIT:
            raise Unfit("key_too_long", f"{kind} {value[:60]!r} has {len(value)} characters.")
        return kind, value, self.side.partner.issuers.get(kind)

    def _referred(self, segment: Segment) -> Iterator[Key]:
        for qualifier, place in QUALIFIED[segment[0]]:
            kind = self.side.references.get(at(segment, qualifier), "")
            if kind and (value := at(segment, place)):
                yield self.key(kind, value)

    def referred(self, kind: str, segments: Iterable[Segment] | None = None) -> str:
        """The value of the first reference whose qualifier means that, as `line` or `revision`."""
        if kind not in self.side.referable:
            return ""
        among = self.segments if segments is None else segments
        keys = (key for one in among if one[0] in QUALIFIED for key in self._referred(one))
        return next((value for found, value, _ in keys if found == kind), "")

    def line(self, segment: Segment, qty: str | None = None, line: str = "", price: str | None = None) -> Line:
        """The line of a segment by the table; `qty`, `line` and `price` stand in for its own."""
        spot = LINES[segment[0]]
        own = qty if qty is not None else self.number(segment, spot.qty) if spot.qty else None
        cost = price if price is not None else self.number(segment, spot.price, "bad_amount") if spot.price else None
        sku = self.sku(segment)
        told = at(segment, spot.line) if spot.line else ""
        number = line or (told if self.side.numbered or not sku else "")
        return _short(number), _short(sku), own, _short(at(segment, spot.uom) if spot.uom else ""), cost

    def sku(self, segment: Segment) -> str:
        """The item by the number that is most ours, else by its UPC."""
        spot = LINES[segment[0]]
        named = {
            at(segment, place): at(segment, place + 1) for place in reversed(spot.items) if len(segment) > place + 1
        }
        best = next((named[one] for one in self.side.items if named.get(one)), "")
        return (
            best
            or (at(segment, spot.upc) if spot.upc else "")
            or next((v for k, v in named.items() if len(k) == 2 and v), "")
        )

    def when(self, *choices: tuple[Segment, int, int, int]) -> Instant:
        """The first of (segment, place of date, of time, of time code) that has a date not after the message itself."""
        made = self.made()
        read = [(at(one, date), *(at(one, n) if n else "" for n in (time, code))) for one, date, time, code in choices]
        for date, time, code in read:
            if (found := self.dated(date, time, code)) and not found.date_only:
                return found
            if found and date[-6:] == at(self.group, 4)[-6:]:
                return Instant(made.at, made.basis, True)
            if found and found.at <= made.at:
                return found
        return Instant(made.at, made.basis, False, bool(choices))

    def made(self) -> Instant:
        """When the message was made: the time of its group, else of its interchange. Raises Unfit without either."""
        for segment, date, time in ((self.group, 4, 5), (self.isa, 9, 10)):
            if found := self.dated(at(segment, date), at(segment, time)):
                return Instant(found.at, found.basis)
        raise Unfit("bad_time", f"GS04 {at(self.group, 4)[:20]!r} and ISA09 {at(self.isa, 9)[:20]!r} are no dates.")

    def sent(self) -> int | None:
        """When its envelope was closed, to the minute; None where ISA09 and ISA10 do not tell."""
        found = self.once("sent", lambda: self.dated(at(self.isa, 9), at(self.isa, 10)))
        return found.at if found and not found.date_only else None

    def dated(self, date: str, time: str = "", code: str = "", zone: str = "") -> Instant | None:
        """An instant; a bare date is noon."""
        basis = "location" if zone else "partner_default"
        return instant(date, time, code, zone or self.side.zone, basis, self.side.noon) if date else None

    def due(self, date: str, time: str = "", code: str = "") -> int | None:
        """A moment that is promised or asked for; a bare date is the end of that day."""
        found = instant(date, time, code, self.side.zone, "partner_default", _END_OF_DAY) if date else None
        return found.at if found else None

    def dates(self, segments: Iterable[Segment] | None = None) -> dict[str, int]:
        """The moments of DTM and G62 segments by their names, the most telling qualifier of each name first."""
        if segments is None:
            return dict(self.once("dates", lambda: self.dates([*self.every("DTM"), *self.every("G62")])))
        found: dict[str, tuple[int, int]] = {}
        for segment in segments:
            if (known := DATES.get(segment[0])) and (name := known.get(at(segment, 1))):
                time, code = (3, 4) if segment[0] == "DTM" else (4, 5)
                moment = self.due(at(segment, 2), at(segment, time), at(segment, code))
                rank = list(known).index(at(segment, 1))
                if moment is not None and rank < found.get(name, (99, 0))[0]:
                    found[name] = rank, moment
        return {name: moment for name, (_, moment) in found.items()}

    def dated_segment(self, *qualifiers: str, tag: str) -> Segment:
        """The first DTM or G62 with one of these qualifiers."""
        return next((one for one in self.every(tag) if at(one, 1) in qualifiers and at(one, 2)), NONE)

    def party(self, *codes: str, segments: Iterable[Segment] | None = None) -> str:
        """The assigned number of the first N1 with one of these codes."""
        among = self.segments if segments is None else segments
        return next((at(one, 4) for one in among if one[0] == "N1" and at(one, 1) in codes and at(one, 4)), "")

    def state_zone(self, segment: Segment) -> str:
        """The zone of the place of an MS1, where its state lies in one zone; "" where nobody can tell."""
        return (
            PLACES.get(at(segment, 2).upper(), "") if at(segment, 3).upper() in ("", "US", "USA", "CA", "CAN") else ""
        )


def _short(text: str) -> str | None:
    return text[:TEXT_LIMIT] or None
