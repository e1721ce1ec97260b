"""What the wires of business documents share: an event as a document tells it, checked, and many of them as frames.

A document gives few events of many fields, so each is built as a small record; the frames are made at the end, a
column at a time. Whatever cannot be believed becomes a refusal of that event alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from app.model.event import LINE, Message, Rejection, Translation
from collectors import reading
from collectors.mapped.zone import after_gap
from collectors.reading import ATTRS_LIMIT, KEY_LIMIT, LATEST_PROMISE, SKEW, TEXT_LIMIT

#: (type, value, issuer or None) of a key; (line, sku, qty, uom, price) of a line.
Key = tuple[str, str, str | None]
Line = tuple[str | None, str | None, str | None, str | None, str | None]
#: Signs of JSON that open, close or part values, above which a document is too much to be looked at.
MAX_SIGNS = 4_000_000
#: Lines in which a message is told what of it became nothing.
MAX_LINES = 1_000
_TEXTS = (
    "partner", "carrier", "location", "customer", "tier", "channel", "entity", "amount", "currency", "status",
    "reason", "hold_kind", "hold_id",
)  # fmt: skip
_COPIED = (*_TEXTS, "revision", "promised_at")
_LOOSE = msgspec.json.Decoder(float_hook=Decimal)
_ENCODE = msgspec.json.Encoder(decimal_format="number", order="sorted").encode
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, ValueError)


class Unread(Exception):
    """What stands there cannot be taken: a code, and what a person should know."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True, slots=True)
class Instant:
    """A time as microseconds of UTC since 1970, and on whose word its zone is: the text's or the source's."""

    at: int
    basis: str


@dataclass(slots=True)
class Told:
    """One event as its document tells it. `fields` are columns of events by name; `attrs` what else is kept."""

    native_id: str
    type: str
    when: Instant
    recorded: int | None = None
    keys: list[Key] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    fields: dict[str, Any] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    attrs: dict[str, Any] = field(default_factory=dict)


def instant(text: str, zone: str, where: str = "time") -> Instant:
    """A written time, ISO 8601 or as SAP writes it (`20261120143700`). Raises Unread.

    Without a zone of its own it is a time of `zone`; of a time that the clock change repeats it is the first, of one
    that it skips the first that exists.
    """
    if not text:
        raise Unread("missing_time", f"{where}: there is none")
    try:
        local = datetime.fromisoformat(text if not text.isdecimal() or len(text) == 8 else f"{text[:8]}T{text[8:]}")
        if local.tzinfo is not None:
            return Instant(reading.micros(local), "explicit")
        placed = local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
        there = placed.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        return Instant(reading.micros(placed if there == local else after_gap(local, zone)), "partner_default")
    except (ValueError, OverflowError, OSError):
        raise Unread("bad_time", f"{where}: {text[:60]!r}") from None


def signed(text: str) -> str:
    """A number with its sign in front: SAP writes `10.000-`."""
    return f"-{text[:-1].strip()}" if text.endswith("-") else text


def loaded(body: bytes) -> Any:
    """The JSON of a body, numbers exact. Raises Unread for what is no JSON, or too much of it."""
    text = body.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise Unread("empty", "The message has no content.")
    if sum(text.count(sign) for sign in (b",", b"[", b"{")) > MAX_SIGNS:
        raise Unread("too_many_items", "The document holds too much.")
    try:
        return _LOOSE.decode(text)
    except RecursionError:
        raise Unread("too_deep", "The JSON is nested too deep to be read.") from None
    except UnicodeDecodeError as fault:
        raise Unread("bad_encoding", f"Not UTF-8: {fault.reason} (byte {fault.start}).") from None
    except _UNREADABLE as fault:
        raise Unread("malformed", str(fault)[:300]) from None


def as_json(value: Any) -> bytes:
    """The JSON of a value, its names in order."""
    return _ENCODE(value)


class Draft:
    """The events and refusals of one message, in the making."""

    def __init__(self, message: Message) -> None:
        self.message, self.received = message, reading.micros(message.received_at)
        self.items: list[int] = []
        self.events: list[Told] = []
        self.refused: list[Rejection] = []

    def add(self, item: int, told: Told) -> None:
        """Take an event; `item` is its own in this message. Raises Unread for what cannot be believed of it."""
        _check_id(told)
        _check_time(told, self.received)
        _check_texts(told)
        _check_numbers(told)
        self.items.append(item)
        self.events.append(told)

    @contextmanager
    def refusing(self, item: int, native_id: str = "", shown: Any = "") -> Iterator[None]:
        """What cannot be taken inside becomes a refusal of `item`, with the beginning of what is `shown`."""
        try:
            yield
        except Unread as fault:
            excerpt = reading.excerpt(shown if isinstance(shown, str) else as_json(shown))
            self.refused.append(Rejection(item, fault.reason, fault.detail[:500], native_id[:KEY_LIMIT], excerpt))

    def translation(self) -> Translation:
        """All of it as frames."""
        if not self.events:
            return Translation(rejections=tuple(self.refused))
        keys = [
            (item, kind, value, issuer)
            for item, told in zip(self.items, self.events, strict=True)
            for kind, value, issuer in told.keys
        ]
        frame = reading.events(self._columns(), len(self.events))
        return Translation(frame, reading.mentions(keys), rejections=tuple(self.refused))

    def _columns(self) -> dict[str, Any]:
        events = self.events
        columns: dict[str, Any] = {name: [told.fields.get(name) for told in events] for name in _COPIED}
        return columns | {
            "item": self.items,
            "source": [self.message.source] * len(events),
            "native_id": [told.native_id for told in events],
            "type": [told.type for told in events],
            "occurred_at": [told.when.at for told in events],
            "tz_basis": [told.when.basis for told in events],
            "recorded_at": [told.recorded for told in events],
            "lines": reading.nested([told.lines or None for told in events]) if any(t.lines for t in events) else None,
            "attrs": [_packed(told) for told in events],
            "flags": {row: told.flags for row, told in enumerate(events) if told.flags},
        }


def _packed(told: Told) -> str | None:
    """What else an event said, as JSON text."""
    if not told.attrs:
        return None
    text = _ENCODE(told.attrs).decode()
    if len(text) <= ATTRS_LIMIT:
        return text
    told.flags.append("attrs_dropped")
    return None


def _check_id(told: Told) -> None:
    if not told.native_id:
        raise Unread("missing_id", "The event has no id.")
    if len(told.native_id) > TEXT_LIMIT:
        raise Unread("field_too_long", f"The id is longer than {TEXT_LIMIT} characters.")


def _check_time(told: Told, received: int) -> None:
    """Refuse what cannot be, set back to the arrival what is a little ahead of it."""
    if why := reading.off_range(told.when.at, received):
        raise Unread("time_out_of_range", why)
    others = [told.fields.get("promised_at"), told.recorded]
    if not all(reading.EARLIEST < at < LATEST_PROMISE for at in others if at is not None):
        raise Unread("time_out_of_range", "A promised or recorded time lies before 1990 or after 2199.")
    if told.when.at > received + SKEW:
        told.attrs["occurred_at_raw"] = datetime.fromtimestamp(told.when.at / 1e6, UTC).isoformat()
        told.flags.append("clamped")
        told.when = Instant(received, told.when.basis)


def _check_texts(told: Told) -> None:
    """Leave empty values out, refuse those that are too long."""
    told.keys = list(dict.fromkeys(key for key in told.keys if key[1]))
    for kind, value, issuer in told.keys:
        if len(value) > KEY_LIMIT or len(issuer or "") > KEY_LIMIT:
            raise Unread("key_too_long", f"{kind} {value[:60]!r}")
    told.fields = {name: value for name, value in told.fields.items() if value not in (None, "")}
    for name in _TEXTS:
        _check_length(name, told.fields.get(name))
    for line in told.lines:
        for part, said in zip(LINE.fields, line, strict=False):  # a line need not name its order
            _check_length(part.name, said)


def _check_length(name: str, value: str | None) -> None:
    if value is not None and len(value) > TEXT_LIMIT:
        raise Unread("field_too_long", f"{name} {value[:60]!r}")


def _check_numbers(told: Told) -> None:
    """Write quantities, prices and amounts as plain decimal text."""
    if amount := told.fields.get("amount"):
        told.fields["amount"] = _number(amount, "bad_amount", "amount")
    told.lines = [_numbered(line) for line in told.lines]


def _numbered(line: Sequence[str | None]) -> Line:
    number, sku, qty, uom, price = (part or None for part in line)
    where = f"line {number or sku}"
    counted = _number(qty, "bad_quantity", f"{where}: quantity") if qty else None
    return number, sku, counted, uom, _number(price, "bad_amount", f"{where}: price") if price else None


def _number(text: str, reason: str, where: str) -> str:
    number = reading.plain(text)
    if number is None:
        raise Unread(reason, f"{where} {text[:60]!r} is no decimal number of at most 18 digits, 6 of them decimals")
    return number
