"""`orderscope try`: what sample files become, without storing anything: events, refusals, and what was not read."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from app import clock
from app.contracts import Collector
from app.errors import WrongUse
from app.main.house import collector_named
from app.main.loading import Loaded, bodies, wire_of
from app.model.event import Message, Translation
from app.model.keys import keyed
from app.settings import Settings, Source
from collectors.guarded import translated

_ENVELOPE = ("item", "source", "native_id", "type", "occurred_at", "tz_basis", "lines", "flags", "attrs", "keys")
_UNREAD = 200
_EXCERPT = 100


@dataclass(frozen=True, slots=True)
class Wire:
    """How the files are to be read: the code in whose name, the collector, the source, headers that came with them."""

    code: str
    collector: Collector
    source: Source
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Tried:
    """What one file became: the first events and refusals, how many of each there are, and what was not read."""

    file: str
    events: list[dict[str, Any]] = field(default_factory=list)
    rejected: list[dict[str, Any]] = field(default_factory=list)
    unread: dict[str, None] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=lambda: {"messages": 0, "events": 0, "spans": 0, "rejected": 0})

    def said(self) -> dict[str, Any]:
        """The same for a program."""
        return {
            "file": self.file, "counts": self.counts, "events": self.events, "rejected": self.rejected,
            "unread": list(self.unread),
        }  # fmt: skip


def wire(settings: Settings, code: str, mapping: str, collector: str, headers: list[str], file: Path) -> Wire:
    """The declared wire of a source, or the one that a mapping and a collector make. Raises WrongUse."""
    if bool(code) == bool(collector):
        raise WrongUse("Name either --source, or --collector and perhaps its --mapping.", "See --help.")
    if code:
        found, source = wire_of(settings, code, file)
        return Wire(code, found, source, _headers(headers))
    named = collector_named(collector)
    if named is None:
        raise WrongUse(f"--collector {collector}: there is no such collector", "Name one that exists.")
    return Wire("try", named, Source(collector=collector, mapping=mapping), _headers(headers))


def tried(settings: Settings, wire: Wire, file: Path, first: int) -> Tried:
    """What one file becomes; `first` events and refusals are told, all are counted."""
    found, broken = Tried(str(file)), Loaded()
    for body in bodies(wire.collector, wire.source, file, broken):
        packed = wire.collector.pack(wire.headers, body) if wire.collector.pack and wire.headers else body
        message = Message(wire.code, wire.collector.name, wire.collector.media, packed, clock.instant(clock.wall()))
        said = translated(wire.collector, message, wire.source)
        _add(found, said, settings, first)
        if len(found.unread) < _UNREAD:
            found.unread |= dict.fromkeys(wire.collector.unread(message, wire.source))
    found.rejected += [{"reason": one.id, "detail": one.reason} for one in broken.examples]
    found.counts["rejected"] += broken.rejected
    return found


def _headers(given: list[str]) -> dict[str, str]:
    pairs = [one.partition(":") for one in given]
    if wrong := [name for name, colon, _ in pairs if not colon]:
        raise WrongUse(f"--header {wrong[0]}: has no colon", "Write it as 'X-Shopify-Topic: orders/create'.")
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _add(found: Tried, said: Translation, settings: Settings, first: int) -> None:
    sizes = {"messages": 1, "events": len(said.events), "spans": len(said.spans), "rejected": len(said.rejections)}
    found.counts = {name: found.counts[name] + more for name, more in sizes.items()}
    found.events += _events(said, settings)[: max(0, first - len(found.events))]
    found.rejected += [
        {"item": one.item, "id": one.native_id, "reason": one.reason, "detail": one.detail, "excerpt": one.excerpt}
        for one in said.rejections[: max(0, first - len(found.rejected))]
    ]


def _events(said: Translation, settings: Settings) -> list[dict[str, Any]]:
    """The events as the store will know them: keys with their issuers, only what is given."""
    scopes = {code: source.erp for code, source in settings.sources.items() if source.erp}
    keys = keyed(said.events, said.mentions, scopes)
    return [_event(row) for row in keys.iter_rows(named=True)]


def _event(row: dict[str, Any]) -> dict[str, Any]:
    rest = {name: value for name, value in row.items() if name not in _ENVELOPE and value is not None}
    return {
        "type": row["type"], "id": row["native_id"], "source": row["source"], "at": clock.written(row["occurred_at"]),
        "tz_basis": row["tz_basis"], "keys": row["keys"], "fields": {name: _plain(rest[name]) for name in rest},
        "lines": [_given(line) for line in row["lines"] or []], "flags": row["flags"], "attrs": row["attrs"],
    }  # fmt: skip


def _plain(value: Any) -> Any:
    return clock.written(value) if hasattr(value, "tzinfo") else value


def _given(line: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in line.items() if value is not None}


def show(found: Tried, out: Console) -> None:
    """The same for a person."""
    for line in _told(found):
        out.print(line, markup=False, soft_wrap=True)


def _told(found: Tried) -> Iterator[str]:
    yield f"{found.file}: " + ", ".join(f"{count:,} {name}" for name, count in found.counts.items())
    for event in found.events:
        yield f"  {event['type']}  {event['at']} ({event['tz_basis']})  {event['id']}"
        yield from (f"    {name:<7}{text}" for name, text in _parts(event) if text)
    if found.counts["events"] > len(found.events):
        yield f"  … and {found.counts['events'] - len(found.events):,} more events"
    for one in found.rejected:
        yield f"  refused: {one['reason']}: {one['detail']}"
    yield from (f"  not read: {line}" for line in found.unread)


def _parts(event: dict[str, Any]) -> Iterator[tuple[str, str]]:
    yield "keys", "  ".join(event["keys"])
    yield "fields", " · ".join(f"{name} {value}" for name, value in event["fields"].items())
    for line in event["lines"]:
        yield "line", " · ".join(f"{name} {value}" for name, value in line.items())
    yield "flags", ", ".join(event["flags"])
    yield "kept", (event["attrs"] or "")[:_EXCERPT]
