"""From the bytes of interchanges to the frames of events and keys."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from collectors import mapping, reading
from collectors.edifact import blocks, carriage, codes, control, stock, trade
from collectors.edifact.config import Agreements, Terms, load, terms
from collectors.edifact.document import document
from collectors.edifact.draft import Draft, Key, Reader, Unfit
from collectors.edifact.envelope import Letter, Post, letters
from collectors.edifact.times import prepared
from collectors.reading import ATTRS_LIMIT, EARLIEST, KEY_LIMIT, SKEW, micros, off_range

_READERS: dict[str, Callable[[Reader], list[Draft]]] = {
    "IFTSTA": carriage.read, "INVRPT": stock.read, "CONTRL": control.syntax, "APERAK": control.application,
}  # fmt: skip
_COLUMNS = (
    "partner", "carrier", "location", "customer", "amount", "currency", "status", "reason", "hold_kind", "promised_at", "channel",
)  # fmt: skip


def translate(message: Message, source: Source) -> Translation:
    """What the interchanges of a body say, by the mapping of its source."""
    try:
        agreements = load(source)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    post = Post()
    rows = _Rows(micros(message.received_at))
    tests: set[int] = set()
    for letter in letters(message.body, post):
        if letter.interchange.test:
            _put_aside(post, letter, tests)
            continue
        reader = reader_of(letter, agreements, source, message.source, post)
        for draft in drafts(reader):
            rows.add(draft, reader)
    return replace(rows.translation(post.told()), whole=tuple(post.whole))


def _put_aside(post: Post, letter: Letter, tests: set[int]) -> None:
    """Test data is no business: one refusal for the interchange."""
    if id(letter.interchange) not in tests:
        tests.add(id(letter.interchange))
        said = "The interchange is marked as a test (UNB 0035)."
        post.refuse(letter.head.place, "test_data", said, letter.head.shown(), letter.interchange.ref)


def reader_of(letter: Letter, agreements: Agreements, source: Source, code: str, post: Post) -> Reader:
    """A reader of one message under the terms of its sender; what it refuses goes to `post`."""
    between = letter.interchange
    agreed = terms(agreements, source, code, letter.type, between.sender, between.receiver)
    return Reader(document(letter), agreed, post)


def drafts(reader: Reader) -> list[Draft]:
    """The events of one message; what is not taken stands in the reader's refusals. Never raises."""
    letter = reader.document.letter
    if letter.type not in codes.KNOWN:
        known = ", ".join(codes.KNOWN)
        reader.refuse(
            "unknown_message",
            f"{letter.type[:6] or 'A message without a type'} is not read; known: {known}.",
            letter.head,
        )
        return []
    if "segment_count_mismatch" in letter.flags and reader.terms.partner.counts == "reject":
        reader.refuse("count_mismatch", f"UNT does not count the {len(letter.segments) + 1} segments.", letter.head)
        return []
    before = reader.post.faults
    try:
        made = _READERS.get(letter.type, trade.read)(reader)
    except Unfit as fault:
        reader.unfit(fault)
        return []
    if not made and reader.post.faults == before:
        reader.refuse("no_event", f"The {letter.type} holds nothing that is an event.", letter.head)
    return made


class _Rows:
    """Events as rows: what is common to all is added, times are checked against the arrival."""

    def __init__(self, received: int) -> None:
        self.received = received
        self.columns: dict[str, list[Any]] = {}
        self.mentions: list[tuple[int, str, str, str | None]] = []
        self.lines: list[Any] = []
        self.flags: dict[int, list[str]] = {}
        self.ids: Counter[str] = Counter()
        self.height = 0

    def add(self, draft: Draft, reader: Reader) -> None:
        """One more event, unless its time cannot be true."""
        letter, terms = reader.document.letter, reader.terms
        native = self._native(draft, reader)
        if why := off_range(draft.at.at, self.received):
            reader.post.refuse(draft.segment.place, "time_out_of_range", why, draft.segment.shown(), native)
            return
        flags = [*letter.interchange.flags, *letter.flags, *draft.flags, *draft.at.flags]
        flags += ["side_assumed"] if terms.assumed else []
        at = draft.at.at
        if at > self.received + SKEW:
            at, flags = self.received, [*flags, "clamped"]
        attrs = _attrs(draft, reader, flags)
        row = {
            "item": draft.segment.place, "source": terms.speaker(draft.type), "native_id": native, "type": draft.type, "occurred_at": at,
            "recorded_at": _prepared(letter, terms, self.received), "tz_basis": draft.at.basis, "attrs": attrs,
            **{name: draft.fields.get(name) for name in _COLUMNS},
        }  # fmt: skip
        for name, value in row.items():
            self.columns.setdefault(name, []).append(value)
        self.lines.append(draft.lines)
        if flags:
            self.flags[self.height] = list(dict.fromkeys(flags))
        self.mentions += [(draft.segment.place, *key) for key in dict.fromkeys([*draft.keys, *_transport(reader)])]
        self.height += 1

    def _native(self, draft: Draft, reader: Reader) -> str:
        """Control references, the document's number and the segment in the message: a resend gives the same id."""
        letter = reader.document.letter
        between, place = letter.interchange, draft.segment.place - letter.head.place
        parts = (
            letter.type, between.sender, between.receiver, between.ref, letter.ref, reader.document.number, str(place),
        )  # fmt: skip
        native = ":".join(parts)
        native = native if len(native) <= KEY_LIMIT else f"{native[:180]}:{mapping.version(native)}"
        self.ids[native] += 1
        return native if self.ids[native] == 1 else f"{native[:180]}#{self.ids[native]}"

    def translation(self, rejections: tuple[Rejection, ...]) -> Translation:
        """All of it as frames."""
        if not self.height:
            return Translation(rejections=rejections)
        columns: dict[str, Any] = {**self.columns, "flags": self.flags}
        if any(self.lines):
            columns["lines"] = reading.nested(self.lines)
        return Translation(reading.events(columns, self.height), reading.mentions(self.mentions), rejections=rejections)


def _transport(reader: Reader) -> list[Key]:
    """The message and its interchange as their sender names them, so that a CONTRL finds what it speaks of."""
    between, letter = reader.document.letter.interchange, reader.document.letter
    values = (f"{between.ref}:{letter.ref}", between.ref)
    return [("msg", value, between.sender) for value in values if between.ref and len(value) <= KEY_LIMIT]


def _prepared(letter: Letter, terms: Terms, received: int) -> int | None:
    """When the interchange was prepared, unless that cannot be true."""
    made = prepared(*letter.interchange.prepared, terms.zone)
    return made.at if made and EARLIEST <= made.at <= received + SKEW else None


def _attrs(draft: Draft, reader: Reader, flags: list[str]) -> str | None:
    """What has no column, and how the message came, as JSON text; too much of it is left to the raw message."""
    letter = reader.document.letter
    between = letter.interchange
    transport = {
        "message": letter.type, "release": letter.release, "subset": letter.association, "sender": between.sender,
        "receiver": between.receiver, "interchange": between.ref, "group": letter.group, "reference": letter.ref,
    }  # fmt: skip
    said = {name: value for name, value in draft.attrs.items() if value}
    text = json.dumps(
        {**said, "edifact": {name: value for name, value in transport.items() if value}}, ensure_ascii=False
    )
    if len(text) <= ATTRS_LIMIT:
        return text
    flags.append("attrs_dropped")
    return None


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of any size as messages. Raises WrongUse for a mapping that is none."""
    load(source)
    return blocks.split(path)


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    load(source)
    return mapping.version(mapping.text(source))
