"""From the bytes of a message to its events, and to what is wrong with those that are none.

What fits the types of `config` is decoded at once. Otherwise each item is read alone: unknown fields are set aside,
numbers become text, and what still does not fit is refused with the place where it stood.
"""

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from app.model.event import Rejection
from collectors.cloudevents import deep
from collectors.cloudevents.config import MAX_COMMAS, MAX_ITEMS, TEXTS, Data, Event, Hold, Line
from collectors.reading import ATTRS_LIMIT, KNOWN_KEYS, KNOWN_TYPES, excerpt, plain, whole

_BATCH = msgspec.json.Decoder(list[Event])
_ONE = msgspec.json.Decoder(Event)
_RAWS = msgspec.json.Decoder(Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_ITEMS)])
_LOOSE = msgspec.json.Decoder(float_hook=Decimal)
_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_ENVELOPE, _DATA, _LINE, _HOLD = (frozenset(kind.__struct_fields__) for kind in (Event, Data, Line, Hold))
_EXTENSION = re.compile(r"[a-z0-9]+")
_MEDIA = re.compile(r"[!#$&^_.+\w-]+/[!#$&^_.+*\w-]+\s*(;.*)?", re.DOTALL)
_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)


@dataclass(slots=True)
class Draft:
    """What was read so far: events with their place in the message, what else they said, and the refusals."""

    items: list[int] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    extras: dict[int, dict[str, Any]] = field(default_factory=dict)
    flags: dict[int, list[str]] = field(default_factory=dict)
    rejections: list[Rejection] = field(default_factory=list)

    def flag(self, item: int, name: str) -> None:
        """Mark an event."""
        self.flags.setdefault(item, []).append(name)

    def refuse(self, refused: dict[int, Rejection]) -> None:
        """Take events out again that turned out to be wrong."""
        self.rejections += refused.values()
        kept = [(item, event) for item, event in zip(self.items, self.events, strict=True) if item not in refused]
        self.items, self.events = [item for item, _ in kept], [event for _, event in kept]

    def attrs(self, item: int) -> str | None:
        """What else an event said, as JSON text."""
        extra = self.extras.get(item)
        if not extra:
            return None
        text = _ENCODE(extra).decode()
        if len(text) <= ATTRS_LIMIT:
            return text
        self.flag(item, "attrs_dropped")
        return None


def read(body: bytes) -> Draft:
    """The events of a body: one event, an array of them, or one per line. Never raises for what stands in it."""
    draft = Draft()
    text = body.removeprefix(b"\xef\xbb\xbf").strip(b" \t\r\n")
    if not text:
        draft.rejections.append(whole("empty", "The message has no content.", body))
        return draft
    try:
        draft.events = _together(text)
        draft.items = list(range(len(draft.events)))
    except _UNREADABLE:
        _apart(draft, text)
    return draft


def _together(text: bytes) -> list[Event]:
    """All events in one go; raises when any of them does not fit."""
    if text[:1] == b"[":
        return _BATCH.decode(text)
    return _ONE.decode_lines(text) if _is_lines(text) else [_ONE.decode(text)]


def _is_lines(text: bytes) -> bool:
    """One event per line, not one event written over several lines."""
    first, _, rest = text.partition(b"\n")
    if not rest or first.rstrip().endswith(b"}"):
        return bool(rest)
    return b"\n{" in text and not _is_document(text)


def _is_document(text: bytes) -> bool:
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except _UNREADABLE:
        return False
    return True


def _apart(draft: Draft, text: bytes) -> None:
    """The events one by one, so that a bad one does not spoil the others."""
    try:
        raws = _cut(text)
    except _UNREADABLE as fault:
        draft.rejections.append(whole(*_unread(fault), text))
        return
    for item, raw in enumerate(raws):
        try:
            draft.events.append(_ONE.decode(raw))
            draft.items.append(item)
        except _UNREADABLE:
            _with_care(draft, item, bytes(raw))


def _cut(text: bytes) -> list[Any]:
    if text[:1] == b"[":
        if text.count(b",") > MAX_COMMAS:
            raise ValueError("The message holds too many items.")
        try:
            return list(_RAWS.decode(text))
        except RecursionError:
            return list(deep.items(text))
    if _is_lines(text):
        return [line for line in text.split(b"\n") if line.strip()]
    msgspec.json.decode(text, type=msgspec.Raw)
    return [text]


def _with_care(draft: Draft, item: int, raw: bytes) -> None:
    """One event that does not fit as it is."""
    native_id = source = ""
    try:
        said = _LOOSE.decode(raw)
        if not isinstance(said, dict):
            raise _Misfit("not_an_event", "The item is no JSON object.")
        native_id, source = (said[key][:200] if isinstance(said.get(key), str) else "" for key in ("id", "source"))
        event, extra, flags = _mended(said)
        _ENCODE(extra)
    except _Misfit as fault:
        draft.rejections.append(Rejection(item, fault.reason, fault.detail, native_id, excerpt(raw), source))
    except _UNREADABLE as fault:
        draft.rejections.append(Rejection(item, *_unread(fault), native_id, excerpt(raw), source))
    else:
        draft.items.append(item)
        draft.events.append(event)
        draft.extras.update({item: extra} if extra else {})
        draft.flags.update({item: flags} if flags else {})


class _Misfit(Exception):
    """An item that is refused: the reason's code and what a person should know."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


def _mended(said: dict[str, Any]) -> tuple[Event, dict[str, Any], list[str]]:
    """(event, what is unknown, flags) of an object that need not fit. Raises _Misfit."""
    extra = {name: said.pop(name) for name in list(said) if name not in _ENVELOPE}
    data = _payload(said, extra)
    _check_names(extra, said.get("datacontenttype"))
    if data is not None:
        said["data"] = _split(data, extra)
    flags = ["key_unknown"] if "keys" in extra else []
    try:
        return msgspec.convert(said, Event), extra, flags
    except msgspec.ValidationError as fault:
        if said.get("type") in KNOWN_TYPES or "`$.data" not in str(fault):
            raise _Misfit(*_misfit(str(fault))) from None
    return _foreign(said, data, extra), extra, flags


def _foreign(said: dict[str, Any], data: Any, extra: dict[str, Any]) -> Event:
    """An event whose type is not of the trade may have data of any form: it is kept, not read."""
    extra["data"] = data
    try:
        return msgspec.convert({name: value for name, value in said.items() if name != "data"}, Event)
    except msgspec.ValidationError as fault:
        raise _Misfit(*_misfit(str(fault))) from None


def _payload(said: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any] | None:
    """`data` as an object; data of any other form is kept beside the event, as it is not ours to read."""
    packed, data = extra.pop("data_base64", None), said.pop("data", None)
    if packed is not None:
        if data is not None:
            raise _Misfit("bad_envelope", "The event has both data and data_base64.")
        data = _unpacked(packed, said.get("datacontenttype"))
        if data is None:
            extra["data_base64"] = packed
    if isinstance(data, dict):
        return data
    if data is not None:
        extra["data"] = data
    return None


def _unpacked(packed: Any, media: Any) -> Any:
    """JSON out of `data_base64`, or None where the content is something else."""
    try:
        content = base64.b64decode(packed, validate=True)
    except (binascii.Error, ValueError, TypeError):
        raise _Misfit("bad_envelope", "data_base64 is not base64.") from None
    if isinstance(media, str) and "json" not in media.lower():
        return None
    try:
        return _LOOSE.decode(content)
    except _UNREADABLE as fault:
        if media is None:
            return None
        raise _Misfit(_unread(fault)[0], f"data: {_unread(fault)[1]}") from None


def _check_names(extra: dict[str, Any], media: Any) -> None:
    for name in extra:
        if name not in ("data", "data_base64") and not _EXTENSION.fullmatch(name):
            raise _Misfit("bad_envelope", f"The attribute name {name[:60]!r} is not lower-case letters and digits.")
    if media is not None and not is_media(media):
        raise _Misfit("bad_envelope", "The datacontenttype is not a media type.")


def is_media(text: Any) -> bool:
    """True for a media type such as `application/json; charset=utf-8`."""
    return isinstance(text, str) and _MEDIA.fullmatch(text) is not None


def _split(data: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    """`data` with only known fields, each in the form its type wants; the rest goes to `extra`."""
    extra.update({name: value for name, value in data.items() if name not in _DATA})
    known = {name: value for name, value in data.items() if name in _DATA}
    known.update({name: _text(known[name]) for name in TEXTS if name in known})
    if isinstance(known.get("keys"), dict):
        known["keys"] = _keys(known["keys"], extra)
    if isinstance(known.get("issuers"), dict):
        known["issuers"] = {kind: _text(value) for kind, value in known["issuers"].items() if value is not None}
    if isinstance(known.get("lines"), list):
        known["lines"] = [_known(line, _LINE, extra, "lines", data) for line in known["lines"]]
    if isinstance(known.get("revision"), str) and known["revision"].isdecimal():
        known["revision"] = int(known["revision"][:10])
    known["hold"] = _known(known.get("hold"), _HOLD, extra, "hold", data)
    return known


def _keys(keys: dict[str, Any], extra: dict[str, Any]) -> dict[str, Any]:
    named = {kind: _text_or_list(value) for kind, value in keys.items() if value is not None and kind in KNOWN_KEYS}
    if unknown := {kind: value for kind, value in keys.items() if kind not in KNOWN_KEYS}:
        extra["keys"] = unknown
    return named


def _known(part: Any, fields: frozenset[str], extra: dict[str, Any], name: str, data: dict[str, Any]) -> Any:
    """A line or a hold with known fields as text; if it has others, the original is kept beside the event."""
    if not isinstance(part, dict):
        return part
    if any(one not in fields for one in part):
        extra[name] = data[name]
    return {one: _text(value) for one, value in part.items() if one in fields}


def _text_or_list(value: Any) -> Any:
    return [_text(one) for one in value if one is not None] if isinstance(value, list) else _text(value)


def _text(value: Any) -> Any:
    """A number as its plain text; anything else as it is."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return plain(str(value)) or str(value)


def _misfit(message: str) -> tuple[str, str]:
    """(code, detail) for what the types say about an item; their messages end in `- at `$.path``."""
    place = message.rpartition("`$")[2].rstrip("`").lstrip(".")
    tests: tuple[tuple[str, Callable[[], bool]], ...] = (
        (
            "key_too_long",
            lambda: place.startswith(("data.keys", "data.issuers", "correlationid")) and "length" in message,
        ),
        ("field_too_long", lambda: "length <=" in message),
        ("bad_time", lambda: place.removeprefix("data.") in ("time", "promised_at", "receivedat", "recordedtime")),
        ("bad_field", lambda: place.startswith("data")),
    )
    reason = next((code for code, holds in tests if holds()), "bad_envelope")
    return reason, message[:500]


def _unread(fault: Exception) -> tuple[str, str]:
    """(code, detail) for bytes that are no JSON."""
    if isinstance(fault, RecursionError):
        return "too_deep", "The JSON is nested too deep to be read."
    if isinstance(fault, UnicodeDecodeError):
        return "bad_encoding", f"Not UTF-8: {fault.reason} (byte {fault.start})."
    reason = "too_many_items" if "too many items" in str(fault) or "of length <=" in str(fault) else "malformed"
    return reason, str(fault)[:500]
