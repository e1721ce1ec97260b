"""From a message of EPCIS to events and keys: one event each, under its own id.

An event whose error is declared comes again under the same id, recorded later: it takes the place of what it retracts.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import WrongUse
from app.model.event import Message, Translation
from app.settings import Source
from collectors import files, mapping, reading
from collectors.document import Draft, Instant, Told, Unread, instant
from collectors.epcis import event as epcis
from collectors.epcis.config import Reading, load
from collectors.epcis.event import text
from collectors.epcis.identity import word
from collectors.epcis.reader import events

#: What an event becomes whose error was declared: it happened on paper only.
RETRACTED = "epcis.error_declared"
_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}")
_ZONED = re.compile(r"[Zz]|[+-][0-9]{2}:?[0-9]{2}(:[0-9]{2})?")


def translate(message: Message, source: Source) -> Translation:
    """What a document of EPCIS says."""
    draft = Draft(message)
    try:
        declared = load(source)
        found = events(message.body)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))
    if not found:
        return Translation(rejections=(reading.whole("empty", "The document has no event.", message.body),))
    for item, said in enumerate(found):
        named = text(said.get("eventID")) if isinstance(said, dict) else ""
        with draft.refusing(item, named, said):
            draft.add(item, told(said, declared, message.source, source.zone))
    return draft.translation()


def told(said: Any, declared: Reading, source: str, zone: str) -> Told:
    """One event of EPCIS as one of ours. Raises Unread."""
    if not isinstance(said, dict):
        raise Unread("not_an_event", "The item is no object.")
    named = epcis.named(said, declared)
    kind = epcis.meaning(said, {one for one, _, _ in named.keys}, source, declared)
    made = Told(epcis.native_id(said), kind, _time(said, zone), _recorded(said, zone), named.keys, named.lines)
    made.fields = {
        "location": epcis.place_of(said, declared),
        "status": word(text(said.get("disposition"))) or word(text(said.get("bizStep"))),
        "partner": declared.partner,
    }
    made.attrs = _kept(said, named.glns)
    made.flags = [] if epcis.is_known(said, declared) else ["mapping_unknown"]
    return _retracted(made, said, zone) if said.get("errorDeclaration") is not None else made


def _time(said: dict[str, Any], zone: str) -> Instant:
    """The business time; `eventTimeZoneOffset` serves where the time does not say its zone."""
    written, offset = text(said.get("eventTime")), text(said.get("eventTimeZoneOffset"))
    zoned = _ZONED.fullmatch(written[19:].lstrip(".0123456789"))
    if written and not zoned and _OFFSET.fullmatch(offset):
        written += offset
    return instant(written, zone, "eventTime")


def _recorded(said: dict[str, Any], zone: str) -> int | None:
    written = text(said.get("recordTime"))
    return instant(written, zone, "recordTime").at if written else None


def _retracted(made: Told, said: dict[str, Any], zone: str) -> Told:
    """The event that takes the place of one whose error is declared."""
    declared = said["errorDeclaration"] if isinstance(said["errorDeclaration"], dict) else {}
    at = instant(text(declared.get("declarationTime")), zone, "declarationTime").at
    made.recorded = max(at, made.recorded or at)
    made.attrs["retracts"], made.type, made.lines = made.type, RETRACTED, []
    made.fields["reason"] = word(text(declared.get("reason"))) or "error_declared"
    if ids := epcis.texts(declared.get("correctiveEventIDs")):
        made.attrs["corrected_by"] = ids[:100]
    return made


def _kept(said: dict[str, Any], glns: dict[str, str]) -> dict[str, Any]:
    """What stays beside the event: the words it was read by, where it goes, and simple fields of others."""
    kept: dict[str, Any] = {name: text(said.get(name)) for name in ("type", "action", "eventTimeZoneOffset")}
    kept["bizStep"] = word(text(said.get("bizStep")))
    kept |= {name: list(epcis.objects(said.get(name))) for name in ("sourceList", "destinationList")}
    kept |= {name: value for name, value in epcis.others(said) if isinstance(value, str) and len(value) <= 200}
    made: dict[str, Any] = {"epcis": {name: value for name, value in kept.items() if value}}
    made |= {"document_glns": glns} if glns else {}
    return made | ({"stock_status": "damaged"} if word(text(said.get("disposition"))) == "damaged" else {})


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A document is one message."""
    load(source)
    yield files.whole(path)


def version(source: Source) -> str:
    """A short name for the state of what reads a source: its own mapping and the table that comes with the product."""
    return mapping.version(mapping.text(source) + mapping.shipped("epcis"))


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the tables of a source can give."""
    return tuple(sorted({rule.type for rule in load(source).steps}))
