"""From a message of a vendor and its mapping to events, keys, lines and refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from app.errors import WrongUse
from app.model.event import Message, Rejection, Translation
from app.settings import Source
from app.unpack import opened
from collectors import files, mapping, reading
from collectors.mapped import values
from collectors.mapped.values import Budget, Unfit
from collectors.webhook.config import BLOCK_DOCUMENTS, Webhook, load
from collectors.webhook.documents import MARK, Found, Unread, documents
from collectors.webhook.draft import Draft, Refused, drafts
from collectors.webhook.times import Stamps, stamped

_Item = tuple[int, Draft]


def translate(message: Message, source: Source) -> Translation:
    """What a message says, by the mapping of its source."""
    try:
        declared = load(source)
        arrival = f"{message.received_at.isoformat()}Z"
        drafted, refused = _drafted(declared, message, arrival)
    except WrongUse as fault:
        return Translation(rejections=(reading.whole("mapping_invalid", fault.detail, message.body),))
    except Unread as fault:
        return Translation(rejections=(fault.refusal,))
    except Unfit as fault:
        return Translation(rejections=(reading.whole(fault.reason, fault.detail, message.body),))
    received = reading.micros(message.received_at)
    stamps = stamped([draft for _, draft in drafted], declared.zone or source.zone, received, arrival)
    good, late = _judged(drafted, stamps)
    rejections = tuple(sorted([*refused, *late], key=lambda one: one.item))
    return _framed(good, message.source, rejections)


def _drafted(declared: Webhook, message: Message, arrival: str) -> tuple[list[_Item], list[Rejection]]:
    """Drafts with their items, and what was refused; items count events and refusals in the order of the message."""
    drafted: list[_Item] = []
    refused: list[Rejection] = []
    budget = Budget()
    for found in documents(declared, message.body, {values.RECEIVED: arrival, values.SOURCE: message.source}):
        if not isinstance(found, Found):
            where, reason, detail, shown = found
            refused.append(Rejection(len(drafted) + len(refused), reason, _told(where, detail), "", shown))
            continue
        for made in drafts(found.kind, found.where, found.scope, budget):
            item = len(drafted) + len(refused)
            if isinstance(made, Refused):
                refused.append(Rejection(item, made.reason, _told(made.where, made.detail), made.native_id))
            else:
                drafted.append((item, made))
    return drafted, refused


def _told(where: str, detail: str) -> str:
    return f"{where}: {detail}" if where else detail


def _judged(drafted: list[_Item], stamps: list[Stamps]) -> tuple[list[tuple[int, Draft, Stamps]], list[Rejection]]:
    """(what stands with its times, refusals of what has none)."""
    good, refused = [], []
    for (item, draft), times in zip(drafted, stamps, strict=True):
        if times.fault:
            refused.append(Rejection(item, times.fault[0], _told(draft.where, times.fault[1]), draft.native_id))
        else:
            good.append((item, draft, times))
    return good, refused


def _framed(good: list[tuple[int, Draft, Stamps]], source: str, rejections: tuple[Rejection, ...]) -> Translation:
    if not good:
        return Translation(rejections=rejections)
    made = [draft for _, draft, _ in good]
    columns: dict[str, Any] = {
        "item": [item for item, _, _ in good],
        "source": [source] * len(good),
        "native_id": [one.native_id for one in made],
        "type": [one.type for one in made],
        "occurred_at": [times.occurred for _, _, times in good],
        "recorded_at": [times.recorded for _, _, times in good],
        "tz_basis": [times.basis for _, _, times in good],
        "attrs": [one.attrs for one in made],
        "flags": {at: flags for at, (_, one, times) in enumerate(good) if (flags := _flags(one, times))},
    }
    columns |= {name: [one.fields.get(name) for one in made] for name in {n for one in made for n in one.fields}}
    columns["promised_at"] = [times.promised for _, _, times in good]
    if any(one.lines for one in made):
        columns["lines"] = reading.nested([one.lines for one in made])
    named = ((item, *mention) for item, draft, _ in good for mention in draft.mentions)
    return Translation(reading.events(columns, len(good)), reading.mentions(named), rejections=rejections)


def _flags(draft: Draft, times: Stamps) -> list[str]:
    return [*draft.flags, *(["clamped"] if times.ahead else [])]


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file as messages: blocks where it has one document per line, else whole. Raises WrongUse without a mapping."""
    load(source)
    first = next(files.lines(opened(path)), b"")
    if not first.startswith(MARK):
        yield from files.json_messages(path, BLOCK_DOCUMENTS)
    else:
        yield files.whole(path)


def sends(source: Source) -> tuple[str, ...]:
    """The event types that the mapping of a source can give."""
    types = [entry.type for document in load(source).documents for entry in document.events]
    return tuple(sorted({one for type_ in types for one in values.meanings(type_) if one}))


def version(source: Source) -> str:
    """A short name for the state of the mapping, kept with every event that it made."""
    return mapping.version(mapping.text(source))
