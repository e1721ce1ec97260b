"""From one document to drafts of its events: texts where they stand, and refusals where a value cannot be what it should."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.model.event import LINE
from collectors import reading
from collectors.mapped import conditions, paths, values
from collectors.mapped.values import TOO_MANY, Budget, Options, Scope, Unfit
from collectors.reading import ATTRS_LIMIT, KEY_LIMIT, KNOWN_TYPES, TEXT_LIMIT
from collectors.webhook.config import Document, Entry

_LINE_NAMES = tuple(one.name for one in LINE.fields)
_NUMBERS = {"qty": "bad_quantity", "amount": "bad_amount", "price": "bad_amount"}
#: What stands before a vendor's code that the mapping does not know, so that it is never taken for a type of ours.
UNKNOWN = "unknown:"


@dataclass(slots=True)
class Draft:
    """An event whose times are still texts; `attrs` is what is kept, then its JSON text."""

    entry: Entry
    where: str
    native_id: str
    type: str
    time: str
    recorded: str | None
    fields: dict[str, Any]
    mentions: list[tuple[str, str, str | None]]
    lines: list[tuple[str | None, ...]] | None
    attrs: Any
    flags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Refused:
    """An event that is refused: where it stood, why, and its id as far as it is known."""

    where: str
    reason: str
    detail: str
    native_id: str = ""


def drafts(kind: Document, where: str, scope: Scope, budget: Budget) -> Iterator[Draft | Refused]:
    """What the events of a kind of document make of one. Raises Unfit when the message has too much of everything."""
    kept = _kept(kind, scope)
    for entry in kind.events:
        for at, part in enumerate(budget.spent(_parts(entry.each, scope.document)), 1):
            own = Scope(part, scope.document, scope.words, scope.empty, budget)
            place = f"{where} {entry.name}".strip() + (f" {at}" if entry.each else "")
            made = _draft(kind, entry, place, own)
            if made is not None:
                budget.event()
            if isinstance(made, Draft):
                made.attrs = _attrs({**kept, **made.attrs})
            if made is not None:
                yield made


def _parts(ways: tuple[paths.Path, ...], part: Any) -> list[Any]:
    """The parts that the first path selects which selects any; without paths, the part itself."""
    return next((found for way in ways if (found := paths.select(part, way))), []) if ways else [part]


def _draft(kind: Document, entry: Entry, where: str, scope: Scope) -> Draft | Refused | None:
    """One event; None where it has not happened."""
    native = ""
    try:
        if not all(conditions.holds(place, wanted, scope) for place, wanted in entry.when.items()):
            return None
        time, type_ = values.text(entry.time, scope), _type(entry, scope)
        if not type_ or (time is None and not entry.when):
            return None
        native = _native(kind, entry, scope)
        if time is None:
            raise Unfit("missing_time", f"no time at {_named(entry.time)}")
        recorded = values.text(entry.recorded, scope) if entry.recorded else None
        fields: dict[str, Any] = {str(name): _field(name, given, scope) for name, given in entry.fields.items()}
        lines = _lines(entry, scope)
        attrs = {name: text for name, given in entry.attrs.items() if (text := values.text(given, scope)) is not None}
        made = Draft(entry, where, native, type_, time, recorded, fields, _mentions(entry, scope), lines, attrs)
    except Unfit as fault:
        if fault.reason == TOO_MANY:
            raise
        return Refused(where, fault.reason, fault.detail[:300], native)
    if scope.unknown:
        made.flags.append("mapping_unknown")
    return made


def _type(entry: Entry, scope: Scope) -> str:
    """The event type; a code without a meaning is kept as such, "" where nothing has happened."""
    said = values.text(entry.type, scope) or ""
    return f"{UNKNOWN}{said}"[:TEXT_LIMIT] if said and (scope.unknown or said not in KNOWN_TYPES) else said


def _native(kind: Document, entry: Entry, scope: Scope) -> str:
    found = [values.text(one, scope) for one in (entry.id or kind.id)]
    native = "|".join([one for one in found if one is not None])
    if None in found or len(native) > KEY_LIMIT:
        named = ", ".join(_named(one) for one in (entry.id or kind.id))
        raise Unfit("missing_id", f"the id ({named}) is empty or over {KEY_LIMIT} characters")
    return f"{native}:{entry.name}"


def _named(value: Options) -> str:
    """The places of a value, for a person."""
    shown = [f"@{one.word}" if one.root == "@" else paths.written(one.path) for one in values.places(value)]
    return "/".join(shown) or "a constant"


def _field(name: str, given: Options, scope: Scope) -> Any:
    """A field of the event in its own type; times stay texts."""
    said = values.text(given, scope)
    if said is None:
        return None
    if name in _NUMBERS:
        return _number(name, said)
    if name == "revision":
        if not (said.isascii() and said.isdecimal() and len(said) <= 9):
            raise Unfit("bad_field", f"{name} {said[:80]!r}")
        return int(said)
    if len(said) > TEXT_LIMIT:
        raise Unfit("field_too_long", f"{name} has over {TEXT_LIMIT} characters")
    return said


def _number(name: str, said: str) -> str:
    number = reading.plain(said)
    if number is None:
        raise Unfit(_NUMBERS[name], f"{name} {said[:80]!r}")
    return number


def _mentions(entry: Entry, scope: Scope) -> list[tuple[str, str, str | None]]:
    """(type, value, issuer) of every key that the event names."""
    named = []
    for kind, given in entry.keys.items():
        issuer = values.text(entry.issuers[kind], scope) if kind in entry.issuers else None
        for value in values.texts(given, scope):
            if len(value) > KEY_LIMIT or len(issuer or "") > KEY_LIMIT:
                raise Unfit("key_too_long", f"{kind} has over {KEY_LIMIT} characters")
            named.append((str(kind), value, issuer))
    return named


def _lines(entry: Entry, scope: Scope) -> list[tuple[str | None, ...]] | None:
    """The lines of the event; None where the mapping names none or the document has none."""
    if entry.lines is None:
        return None
    found = scope.budget.spent(_parts(entry.lines.each, scope.part))
    made = [_line(entry, scope.at(part), at) for at, part in enumerate(found, 1)]
    return [one for one in made if any(one)] or None


def _line(entry: Entry, scope: Scope, at: int) -> tuple[str | None, ...]:
    try:
        return tuple(
            _field(name, given, scope) if (given := getattr(entry.lines, name)) is not None else None
            for name in _LINE_NAMES
        )
    except Unfit as fault:
        raise Unfit(fault.reason, f"line {at}: {fault.detail}") from None


def _kept(kind: Document, scope: Scope) -> dict[str, Any]:
    """What of the document is kept unread, by its path."""
    found = {one: paths.select(scope.document, paths.parsed(one)) for one in kind.keep}
    return {one: parts[0] for one, parts in found.items() if parts and parts[0] not in (None, "", [], {})}


def _attrs(kept: dict[str, Any]) -> str | None:
    """What is kept as JSON text; what is too large stays in the raw message only."""
    text = msgspec.json.encode(kept).decode() if kept else ""
    return text if 0 < len(text) <= ATTRS_LIMIT else None
