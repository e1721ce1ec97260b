"""What one EPCIS event says in terms of the trade: its meaning, its keys, its lines; and what of it said nothing."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from app.model import taxonomy
from collectors.document import Key, Line, Unread, as_json
from collectors.epcis.config import KINDS, Reading, Rule
from collectors.epcis.identity import document, identity, word

#: Things that one event may name.
MAX_THINGS = 100_000
#: Where an event names things, and where it counts kinds of things; what goes into and comes out of a transformation
#: is no line of anything.
_THINGS = ("parentID", "epcList", "childEPCs", "inputEPCList", "outputEPCList")
_COUNTED, _QUANTITIES = ("epcList", "childEPCs"), ("quantityList", "childQuantityList")
#: What an id made of the content leaves out, so that a declared error has the id of its event.
_PASSING = ("errorDeclaration", "recordTime", "@context")
#: What is read, kept as it is, or tells nothing about an order.
_READ = frozenset((
    "type", "isA", "@context", "eventID", "eventTime", "eventTimeZoneOffset", "recordTime", "action", "bizStep",
    "disposition", "readPoint", "bizLocation", "bizTransactionList", "errorDeclaration", "parentID", "epcList",
    "childEPCs", "quantityList", "childQuantityList", "sourceList", "destinationList", "inputEPCList", "outputEPCList",
    "epcClass", "quantity", "transformationID",
))  # fmt: skip


@dataclass(slots=True)
class Named:
    """The keys and lines of an event, its documents' GLNs, and a line for each thing that became neither."""

    keys: list[Key] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    glns: dict[str, str] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)


def text(value: Any) -> str:
    """A value as text; of an object its id, of anything else nothing."""
    if isinstance(value, dict):
        value = value.get("id", value.get("@id"))
    if isinstance(value, str):
        return value.strip()
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list."""
    return (one for one in value if isinstance(one, dict)) if isinstance(value, list) else iter(())


def texts(value: Any) -> list[str]:
    """The texts of a list, or the one text that stands for it."""
    return [one for one in map(text, value if isinstance(value, list) else [value]) if one]


def kind_of(event: dict[str, Any]) -> str:
    """Its EPCIS type. Raises Unread for another."""
    kind = text(event.get("type") or event.get("isA"))
    if kind == "QuantityEvent":
        return "ObjectEvent"
    if kind not in KINDS:
        raise Unread("not_an_event", f"{kind[:60]!r} is no type of EPCIS event.")
    return kind


def native_id(event: dict[str, Any]) -> str:
    """Its own id, else one made of its content."""
    if own := text(event.get("eventID")):
        return own
    content = {name: value for name, value in event.items() if name not in _PASSING}
    return f"sha256:{hashlib.sha256(as_json(content)).hexdigest()}"


def named(event: dict[str, Any], reading: Reading) -> Named:
    """The keys and lines that an event names. Raises Unread for more of them than is taken."""
    found = Named()
    named_in = (event.get(name) for name in (*_THINGS, *_QUANTITIES, "bizTransactionList"))
    if sum(len(value) for value in named_in if isinstance(value, list)) > MAX_THINGS:
        raise Unread("too_many_items", f"The event names more than {MAX_THINGS:,} things.")
    for one in objects(event.get("bizTransactionList")):
        _document(found, word(text(one.get("type"))), text(one.get("bizTransaction")), reading)
    for place in _THINGS:
        _things(found, place, texts(event.get(place)), reading)
    for place in _QUANTITIES:
        for one in objects(event.get(place)):
            _quantity(found, place, one, reading)
    if event.get("epcClass"):
        _quantity(found, "epcClass", event, reading)
    return found


def _document(found: Named, kind: str, number: str, reading: Reading) -> None:
    key, (value, gln) = reading.transactions.get(kind, ""), document(number)
    if not key or not value:
        found.left.append(f"bizTransaction {kind or 'without a type'} {number[:120]}: no key type")
        return
    found.keys.append((key, value, reading.issuers.get(gln)))
    if gln:
        found.glns[value] = gln


def _things(found: Named, place: str, epcs: list[str], reading: Reading) -> None:
    """Packages are keys; pieces are counted as lines by their GTIN."""
    pieces: Counter[str] = Counter()
    for epc in epcs:
        one = identity(epc)
        if one.kind == "sscc":
            found.keys.append(("sscc", one.value, None))
        elif one.kind == "gtin" and place in _COUNTED:
            pieces[one.value] += 1
        else:
            found.left.append(f"{place} {epc[:120]}: no key type")
    found.lines += [(None, reading.items.get(gtin, gtin), str(count), None, None) for gtin, count in pieces.items()]


def _quantity(found: Named, place: str, one: dict[str, Any], reading: Reading) -> None:
    epc, quantity = text(one.get("epcClass")), text(one.get("quantity"))
    item = identity(epc)
    if item.kind != "gtin":
        found.left.append(f"{place} {epc[:120]} {quantity[:30]}: no item")
        return
    found.lines.append((None, reading.items.get(item.value, item.value), quantity, text(one.get("uom")) or None, None))


def place_of(event: dict[str, Any], reading: Reading) -> str:
    """Where it is now, else where it was read: our code, a GLN, or whatever stands there."""
    given = text(event.get("bizLocation")) or text(event.get("readPoint"))
    where = identity(given).value
    return reading.locations.get(where) or reading.locations.get(where.partition(".")[0], where)


def meaning(event: dict[str, Any], kinds: set[str], source: str, reading: Reading) -> str:
    """The event of the trade that it is; `epcis.STEP` where it is none. `kinds` are the types of its keys."""
    step, disposition = word(text(event.get("bizStep"))), word(text(event.get("disposition")))
    kind, action = kind_of(event), text(event.get("action"))
    role = taxonomy.role(source)
    for rule in reading.steps:
        if _holds(rule, step, disposition, kind, action, role) and (not rule.key or kinds & set(rule.key)):
            return rule.type
    return f"epcis.{_plain(step) or kind.removesuffix('Event').lower()}"


def _plain(step: str) -> str:
    """The last part of a step that may be anybody's address, as a word."""
    return re.sub("[^a-z0-9_]+", "_", re.split("[:/#]", step.lower())[-1])[:60].strip("_")


def _holds(rule: Rule, step: str, disposition: str, kind: str, action: str, role: str) -> bool:
    pairs = (
        (rule.step, step), (rule.disposition, disposition), (rule.event, kind), (rule.action, action), (rule.role, role),
    )  # fmt: skip
    return all(not wanted or given in wanted for wanted, given in pairs)


def is_known(event: dict[str, Any], reading: Reading) -> bool:
    """Whether its step is a known word, or it has none."""
    step = word(text(event.get("bizStep")))
    return not step or step in reading.words or any(step in rule.step for rule in reading.steps)


def others(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """What an event says beyond what is read: names and values."""
    return ((name, value) for name, value in event.items() if name not in _READ)
