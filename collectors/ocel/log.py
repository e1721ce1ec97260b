"""An object-centric event log in memory, whatever file it came in, and its events as flat records."""

from collections import defaultdict
from collections.abc import Mapping as Named
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from collectors import reading
from collectors.document import Unread, instant
from collectors.ocel.config import ID, MAX_EVENTS, MAX_OBJECTS, OBJECTS, QUALIFIED, TIME, TYPE

Flat = dict[str, str]


@dataclass(slots=True)
class Thing:
    """An object: its type, and its attributes as (name, since when or "", value)."""

    type: str
    attributes: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Happening:
    """An event: its attributes, and the objects it names as (object, qualifier)."""

    id: str
    type: str
    time: str
    attributes: Flat = field(default_factory=dict)
    objects: list[tuple[str, str]] = field(default_factory=list)


@dataclass(slots=True)
class Log:
    """The objects of a log by their ids, and its events."""

    things: dict[str, Thing] = field(default_factory=dict)
    events: list[Happening] = field(default_factory=list)

    def checked(self) -> "Log":
        """Itself. Raises Unread when it holds nothing, or more than is taken."""
        if len(self.events) > MAX_EVENTS or len(self.things) > MAX_OBJECTS:
            raise Unread("too_many_items", f"The log has over {MAX_EVENTS:,} events or {MAX_OBJECTS:,} objects.")
        if not self.events:
            raise Unread("empty", "The log has no event.")
        return self


def text(value: Any) -> str:
    """A simple value as text; "" for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, list | dict | bytes):
        return ""
    return value.strip() if isinstance(value, str) else reading.plain(str(value)) or str(value)


def flat(event: Happening, log: Log, separators: Named[str, str]) -> Flat:
    """An event as a record: its attributes, the ids of its objects by type and by qualifier, and the attributes of a
    type of which it names one object, as they were at its time. Raises Unread where an id holds the sign between ids.
    """
    groups: dict[str, list[str]] = defaultdict(list)
    for name, qualifier in event.objects:
        kind = log.things[name].type if name in log.things else ""
        groups[OBJECTS + kind].append(name)
        groups[QUALIFIED + qualifier].append(name)
    record = dict(event.attributes) | {ID: event.id, TYPE: event.type, TIME: event.time}
    for column, names in groups.items():
        record[column] = _joined(column, list(dict.fromkeys(names)), separators.get(column, ","))
    for column, names in groups.items():
        if column.startswith(OBJECTS) and len(set(names)) == 1:
            record |= _attributes(log.things.get(names[0]), event.time)
    return record


def _joined(column: str, names: list[str], separator: str) -> str:
    if len(names) > 1 and any(separator in name for name in names):
        raise Unread("bad_row", f"an id of {column} holds {separator!r}, which stands between ids: choose another sign")
    return separator.join(names)


def _attributes(thing: Thing | None, time: str) -> Flat:
    """The attributes of an object as they were at a time, as `TYPE:NAME`."""
    if thing is None:
        return {}
    now = _at(time)
    known: dict[str, tuple[int, str]] = {}
    for name, since, value in thing.attributes:
        at = _at(since)
        if at <= now and (name not in known or known[name][0] <= at):
            known[name] = (at, value)
    return {f"{thing.type}:{name}": value for name, (_, value) in known.items()}


@lru_cache(maxsize=65_536)
def _at(written: str) -> int:
    """A time of the log for comparing; the beginning for what is none."""
    try:
        return instant(written, "UTC").at if written else -(2**62)
    except Unread:
        return -(2**62)
