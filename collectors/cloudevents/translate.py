"""From a message of CloudEvents to the frames of events and keys."""

from collections.abc import Iterator
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

from app.model.event import Message, Translation
from app.settings import Source
from collectors import reading
from collectors.cloudevents.checks import check
from collectors.cloudevents.config import BLOCK_LINES, Data, Event, Hold
from collectors.cloudevents.reader import Draft, read
from collectors.files import json_messages
from collectors.reading import KNOWN_KEYS, KNOWN_TYPES, micros, traced

_NO_DATA, _NO_HOLD = Data(), Hold()
_COPIED = {
    name: attrgetter(name)
    for name in (
        "partner", "carrier", "location", "customer", "tier", "channel", "entity", "amount", "currency", "status",
        "reason", "revision",
    )
}  # fmt: skip
_Mention = tuple[int, str, str, str | None]


def translate(message: Message, source: Source) -> Translation:
    """What a message of CloudEvents says. `source` changes nothing: an event names its own."""
    draft = read(message.body)
    stamps = check(draft, micros(message.received_at))
    if not draft.events:
        return Translation(rejections=tuple(draft.rejections))
    datas = [event.data or _NO_DATA for event in draft.events]
    _set_aside(draft, datas)
    mentions = reading.mentions(_mentioned(draft, datas))
    columns = _envelope(draft, stamps) | _contents(datas)
    columns["attrs"] = [draft.attrs(item) for item in draft.items] if draft.extras else None
    columns["flags"] = {row: draft.flags[item] for row, item in enumerate(draft.items) if item in draft.flags}
    return Translation(reading.events(columns, len(datas)), mentions, rejections=tuple(draft.rejections))


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of CloudEvents as messages: `.jsonl` in blocks of lines, `.json` whole."""
    return json_messages(path, BLOCK_LINES)


def _set_aside(draft: Draft, datas: list[Data]) -> None:
    """Types and keys that we do not know are kept and marked; so are subject and schema, which only the sender can read."""
    if not KNOWN_TYPES.issuperset({event.type for event in draft.events}):
        for item, event in zip(draft.items, draft.events, strict=True):
            if event.type not in KNOWN_TYPES:
                draft.flag(item, "mapping_unknown")
    if not KNOWN_KEYS.issuperset(chain.from_iterable(data.keys for data in datas if data.keys)):
        for item, data in zip(draft.items, datas, strict=True):
            _set_keys_aside(draft, item, data)
    for item, event in zip(draft.items, draft.events, strict=True):
        if event.subject is not None or event.dataschema is not None:
            said = {"subject": event.subject, "dataschema": event.dataschema}
            draft.extras.setdefault(item, {}).update({name: text for name, text in said.items() if text is not None})


def _set_keys_aside(draft: Draft, item: int, data: Data) -> None:
    if data.keys and (unknown := {kind: data.keys.pop(kind) for kind in list(data.keys) if kind not in KNOWN_KEYS}):
        draft.extras.setdefault(item, {})["keys"] = unknown
        draft.flag(item, "key_unknown")


def _mentioned(draft: Draft, datas: list[Data]) -> list[_Mention]:
    """Every key of every event; the trace and the correlation id are keys too."""
    named: list[_Mention] = [
        (item, kind, str(value), data.issuers.get(kind) if data.issuers else None)
        for item, data in zip(draft.items, datas, strict=True)
        if data.keys
        for kind, values in data.keys.items()
        for value in (values if values.__class__ is list else (values,))
        if value
    ]
    return named + [
        (item, kind, value, None)
        for item, event in zip(draft.items, draft.events, strict=True)
        if event.correlationid or event.traceparent
        for kind, value in (("corr", event.correlationid), ("trace", traced(event.traceparent)[0]))
        if value
    ]


def _envelope(draft: Draft, stamps: list[int]) -> dict[str, Any]:
    """The columns that the envelope gives."""
    events = draft.events
    traces = [traced(event.traceparent) if event.traceparent else (None, None) for event in events]
    return {
        "item": draft.items,
        "source": [event.source for event in events],
        "native_id": [event.id for event in events],
        "type": [event.type for event in events],
        "occurred_at": stamps,
        "recorded_at": [_stamp(event.recordedtime) for event in events],
        "received_at": [_stamp(event.receivedat) for event in events],
        "tz_basis": [_basis(event) for event in events],
        "trace_id": [trace for trace, _ in traces],
        "span_id": [span for _, span in traces],
    }


def _contents(datas: list[Data]) -> dict[str, Any]:
    """The columns that `data` gives."""
    columns: dict[str, Any] = {name: list(map(copy, datas)) for name, copy in _COPIED.items()}
    columns["promised_at"] = [_stamp(data.promised_at) for data in datas]
    holds = [data.hold or _NO_HOLD for data in datas]
    columns["hold_kind"], columns["hold_id"] = [hold.kind for hold in holds], [hold.id for hold in holds]
    if any(data.lines for data in datas):
        columns["lines"] = reading.nested(
            [
                [(line.line, line.sku, line.qty, line.uom, line.price, line.order) for line in data.lines]
                if data.lines
                else None
                for data in datas
            ]
        )
    return columns


def _stamp(at: Any) -> int | None:
    return micros(at) if at is not None else None


def _basis(event: Event) -> str:
    return "explicit" if event.time else "received"
