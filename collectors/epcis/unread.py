"""Tells what an EPCIS document carried that became nothing, by the tables that it is read by."""

from itertools import islice
from typing import Any

from app.errors import WrongUse
from app.model.event import Message
from app.settings import Source
from collectors.document import MAX_LINES, Unread
from collectors.epcis import event as epcis
from collectors.epcis.config import Reading, load
from collectors.epcis.reader import events


def unread(message: Message, source: Source) -> list[str]:
    """A line for each step, document, thing and field that tells nothing; none for what cannot be read at all."""
    try:
        declared, found = load(source), events(message.body)
    except (Unread, WrongUse):
        return []
    numbered = ((number, one) for number, one in enumerate(found, 1) if isinstance(one, dict))
    lines = (f"event {number}: {line}" for number, one in numbered for line in _of(one, declared, message.source))
    return list(islice(lines, MAX_LINES))


def _of(said: dict[str, Any], declared: Reading, source: str) -> list[str]:
    try:
        named = epcis.named(said, declared)
        kind = epcis.meaning(said, {one for one, _, _ in named.keys}, source, declared)
    except Unread as fault:
        return [fault.detail]
    step = [f"bizStep {kind.removeprefix('epcis.')}: no event of the trade"] if kind.startswith("epcis.") else []
    return [*step, *named.left, *(f"{name}: not read" for name, value in epcis.others(said) if value)]
