"""From a message of X12 interchanges to the frames of events and keys.

One transaction that cannot be read is refused alone, with the segment where it begins; the others stand. Every event
says in which interchange, group and transaction it came, by its id and by the key `msg`.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from collectors import reading
from collectors.again import Brought
from collectors.reading import ATTRS_LIMIT, EARLIEST, KEY_LIMIT, LATEST_PROMISE, SKEW, TEXT_LIMIT, micros, off_range
from collectors.x12.config import MAX_EVENTS, MAX_REFUSALS, Mapping, load
from collectors.x12.document import Document, Draft, Key, Unfit, at
from collectors.x12.envelope import Acknowledgement, Part, Transaction, parts
from collectors.x12.segments import Fault, Segment, decoded, interchanges
from collectors.x12.sets import INTERCHANGE, READERS, Reader
from collectors.x12.sets.parts import concerned, written
from collectors.x12.side import Side, side_of

_ENCODE = msgspec.json.Encoder().encode
#: Events that say nothing without a key.
_NAMED = ("order", "purchase_order", "fulfillment", "shipment", "pick", "package", "asn", "receipt", "load", "invoice",
          "supplier_invoice", "freight_invoice", "credit", "return", "appointment", "carrier")  # fmt: skip
_MAX_MENTIONS = 2_000_000
_FIELDS = (
    "partner",
    "customer",
    "location",
    "carrier",
    "entity",
    "amount",
    "currency",
    "status",
    "reason",
    "promised_at",
    "revision",
)
_OWN = ("item", "source", "native_id", "type", "occurred_at", "received_at", "tz_basis", "lines", "attrs")
_TEXTS = ("partner", "customer", "location", "carrier", "entity", "currency", "status", "reason")


def translate(message: Message, source: Source) -> Translation:
    """What the interchanges of a message say, by the mapping of their source."""
    try:
        mapping, zone = load(source), source.zone or "UTC"
        ZoneInfo(zone)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except (ZoneInfoNotFoundError, ValueError, OSError):
        detail = f"sources.{message.source}.zone: {source.zone!r} is no IANA zone."
        return Translation(rejections=(reading.whole("mapping_invalid", detail, message.body),))
    made = _Made(message.source, micros(message.received_at))
    for reader in documents(decoded(message.body), mapping, message.source, zone):
        if len(made) >= MAX_EVENTS or len(made.rejections) >= MAX_REFUSALS:
            made.refuse("too_many", f"More than {MAX_EVENTS:,} events or {MAX_REFUSALS:,} refusals in one message.")
            break
        made.take(reader)
    return made.translation()


@dataclass(frozen=True, slots=True)
class Read:
    """A transaction with who reads it, its id, and the control numbers by which it can be acknowledged."""

    document: Document
    reader: Reader
    begins: str
    native: str
    messages: tuple[Key, ...]


def documents(text: str, mapping: Mapping, source: str, zone: str) -> Iterator[Read | Fault | Brought]:
    """What the readers get to see of a text, the faults of its envelopes, and what each has brought, in order."""
    sides: dict[tuple[Any, ...], Side] = {}
    for found in interchanges(text):
        if isinstance(found, Fault):
            yield found
        elif at(found.isa, 15).upper() == "T" and not mapping.test:
            yield Fault(
                "test_data",
                f"Interchange {at(found.isa, 13)[:20]}: ISA15 is T; its data are a test.",
                found.head()[:300],
            )
        else:
            yield from (_opened(part, mapping, source, zone, sides) for part in parts(found))


def _opened(
    part: Part, mapping: Mapping, source: str, zone: str, sides: dict[tuple[Any, ...], Side]
) -> Read | Fault | Brought:
    if isinstance(part, Fault | Brought):
        return part
    isa = part.interchange.isa
    group = part.group if isinstance(part, Transaction) else []
    segments = part.segments if isinstance(part, Transaction) else [part.segment]
    set_id = at(segments[0], 1) if isinstance(part, Transaction) else "TA1"
    ids = set_id, at(group, 2), at(isa, 6), at(group, 3), at(isa, 8)
    if ids not in sides:
        sides[ids] = side_of(mapping, source, zone, set_id, ids[1:3], ids[3:])
    document = Document(set_id, segments, sides[ids], group, isa, part.place)
    if isinstance(part, Acknowledgement):
        return Read(document, INTERCHANGE, "TA1", _native(isa, group, ["TA1", "TA1", at(segments[0], 1)]), ())
    document.flags = part.flags
    begins, reader = READERS.get(set_id, ("ST", _unknown))
    return Read(document, reader, begins, _native(isa, group, segments[0]), _messages(group, segments[0]))


def _native(isa: Segment, group: Segment, st: Segment) -> str:
    """The control tuple, with the day of the group: numbers begin anew, but not on one day."""
    named = (at(isa, 6), at(isa, 8), at(isa, 13), at(group, 1), at(group, 6), at(group, 4), at(st, 1), at(st, 2))
    return "/".join(one[:40] for one in named)


def _messages(group: Segment, st: Segment) -> tuple[Key, ...]:
    """`msg` as a functional acknowledgement names it: the transaction, and its group; issued by the sender (GS02)."""
    functional_id, sender, number = (at(group, place)[:60] for place in (1, 2, 6))
    if not number:
        return ()
    one = f"{functional_id}:{number}:{at(st, 1)[:20]}:{at(st, 2)[:40]}"
    return tuple(("msg", value, sender or None) for value in (one, f"{functional_id}:{number}"))


def _unknown(doc: Document) -> Iterator[Draft]:
    """A set that is not read: that it came is kept."""
    yield Draft(
        "message.received", doc.made(), [], [], concerned(doc, []) | {"status": doc.set_id}, {}, ["mapping_unknown"]
    )


@dataclass(slots=True)
class _Made:
    """The events and refusals of a message so far, as columns; each has its own number."""

    source: str
    received: int
    columns: dict[str, list[Any]] = field(default_factory=lambda: {name: [] for name in (*_OWN, *_FIELDS)})
    flags: dict[int, list[str]] = field(default_factory=dict)
    mentions: list[tuple[int, str, str, str | None]] = field(default_factory=list)
    rejections: list[Rejection] = field(default_factory=list)
    whole: list[str] = field(default_factory=list)
    count: int = 0

    def __len__(self) -> int:
        return len(self.columns["item"])

    def take(self, read: Read | Fault | Brought) -> None:
        """The events of one transaction, all of them or none."""
        if isinstance(read, Brought):
            self.whole += read.told()
            return
        if isinstance(read, Fault):
            self.refuse(read.reason, read.detail, read.excerpt, again=read.again)
            return
        try:
            drafts = events(read, self.received)
        except Unfit as fault:
            doc = read.document
            detail = f"Transaction {read.native} at segment {doc.place}: {fault.detail}"
            self.refuse(fault.reason, detail, "*".join(doc.segments[0]), read.native)
            return
        told: Counter[str] = Counter()
        for draft in drafts:
            told[draft.type] += 1
            self._keep(read, draft, f"{read.native}:{draft.type}:{told[draft.type]}")

    def _keep(self, read: Read, draft: Draft, native: str) -> None:
        """An event as one row of the columns."""
        self.mentions += [(self.count, *key) for key in (*draft.keys, *read.messages)]
        attrs = _attrs(draft)
        if draft.flags:
            self.flags[len(self)] = list(dict.fromkeys(draft.flags))
        moment, source, sent = draft.at, read.document.side.source, read.document.sent()
        arrived = sent if sent and moment.at <= sent <= self.received + SKEW else None
        own = (self.count, source, native, draft.type, moment.at, arrived, moment.basis, draft.lines or None, attrs)
        for name, value in zip(_OWN, own, strict=True):
            self.columns[name].append(value)
        for name in _FIELDS:
            self.columns[name].append(draft.fields.get(name))
        self.count += 1

    def refuse(self, reason: str, detail: str, text: str = "", native: str = "", again: tuple[str, ...] = ()) -> None:
        """One refusal; what could not be read at all is a refusal of the whole message."""
        nothing = reason == "no_interchange"
        item = reading.WHOLE if nothing else self.count
        self.rejections.append(
            Rejection(item, reason, detail[:TEXT_LIMIT], native[:KEY_LIMIT], reading.excerpt(text), again=again)
        )
        self.count += not nothing

    def translation(self) -> Translation:
        """The frames."""
        if not len(self) and not self.rejections:
            self.rejections.append(reading.whole("empty", "The message holds no transaction.", b""))
        if not len(self):
            return Translation(rejections=tuple(self.rejections), whole=tuple(self.whole))
        columns: dict[str, Any] = {**self.columns, "lines": reading.nested(self.columns["lines"]), "flags": self.flags}
        found = reading.events(columns, len(self))
        mentions = reading.mentions(self.mentions)
        return Translation(found, mentions, rejections=tuple(self.rejections), whole=tuple(self.whole))


def events(read: Read, received: int) -> list[Draft]:
    """The events of one transaction, checked. Raises Unfit when any of them cannot be."""
    doc = read.document
    if not doc.first(read.begins):
        raise Unfit("missing_segment", f"a {doc.set_id} without its {read.begins} segment.")
    found: list[Draft] = []
    mentions = 0
    for draft in read.reader(doc):
        if not draft.keys and draft.type.split(".", 1)[0] in _NAMED:
            raise Unfit("missing_key", f"{draft.type} names no order, shipment or document.")
        draft.flags = [
            *draft.flags,
            *doc.flags,
            *["date_only"] * draft.at.date_only,
            *["time_assumed"] * draft.at.assumed,
        ]
        found.append(_timely(_bounded(draft), received))
        mentions += len(draft.keys)
        if len(found) > MAX_EVENTS or mentions > _MAX_MENTIONS:
            raise Unfit("too_large", f"over {MAX_EVENTS:,} events or {_MAX_MENTIONS:,} keys in one transaction.")
    return found


def _bounded(draft: Draft) -> Draft:
    """No text longer than a text may be."""
    for name in _TEXTS:
        if text := draft.fields.get(name):
            draft.fields[name] = text[:TEXT_LIMIT]
    return draft


def _timely(draft: Draft, received: int) -> Draft:
    """Times that cannot be are refused; an event a little ahead of its arrival is set back to it and marked."""
    if why := off_range(draft.at.at, received):
        raise Unfit("time_out_of_range", f"{written(draft.at.at)}. {why}")
    if draft.at.at > received + SKEW:
        draft.attrs = {**draft.attrs, "occurred_at_raw": written(draft.at.at)}
        draft.flags, draft.at = [*draft.flags, "clamped"], type(draft.at)(received, draft.at.basis)
    promised = draft.fields.get("promised_at")
    if promised is not None and not EARLIEST < promised < LATEST_PROMISE:
        draft.fields["promised_at"], draft.flags = None, [*draft.flags, "promise_out_of_range"]
    return draft


def _attrs(draft: Draft) -> str | None:
    """What is kept beside an event, as JSON text; over the limit it is left to the message."""
    if not draft.attrs:
        return None
    text = _ENCODE(draft.attrs).decode()
    if len(text) <= ATTRS_LIMIT:
        return text
    draft.flags.append("attrs_dropped")
    return None
