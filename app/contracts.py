"""What the parts promise each other: the sink, a collector, a rule kind. Nothing here does any work."""

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, Protocol

import polars as pl

from app.model.event import INSTANT, Message, Translation
from app.settings import Source


@dataclass(frozen=True, slots=True)
class Refused:
    """One rejected item as the sender hears of it; `dead_letter` is the id under which it is kept."""

    index: int
    id: str
    reason: str
    dead_letter: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a message: all of it is on disk when this exists."""

    accepted: int
    duplicates: int
    rejected: tuple[Refused, ...] = ()


class Sink(Protocol):
    """Where collectors put what they read. The future is done after the commit; a full queue raises Busy at once."""

    def put(self, message: Message, said: Translation) -> Future[Receipt]:
        """Queue a message with what it said."""
        ...


@dataclass(frozen=True, slots=True)
class Again:
    """A stored message is read again: who asked and why, and its body where a person has edited it."""

    raw_id: int
    person: str
    why: str = ""
    edited: bytes | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Reread:
    """What came of a message that was read again; with `dry_run`, what would come of it, and nothing is kept.

    `made` are events that were not there before, `replaced` those that no longer count; rows of event_id, type, source,
    native_id, at, keys. `kept` events stay as they were. `letters` says of each dead letter: id, result (accepted,
    duplicate, nothing, rejected), reason, detail.
    """

    raw_id: int
    dry_run: bool
    kept: int
    made: tuple[dict[str, Any], ...] = ()
    replaced: tuple[dict[str, Any], ...] = ()
    letters: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are to be read again: those of the letters `ids`, else of the open letters that `where` chooses
    (source, reason, from, to, q, after); `older`: whatever of the source named an older mapping has read, refused or not."""

    where: dict[str, Any]
    ids: tuple[str, ...] = ()
    older: bool = False
    why: str = ""
    dry_run: bool = False


class Rereading(Protocol):
    """Where messages go that are read again: what a newer reading says takes the place of what an older one said."""

    def again(self, message: Message, said: Translation, again: Again) -> Future[Reread]:
        """Store the reading; the future is done after the commit."""
        ...


class Door(Protocol):
    """What a receiver asks of the server: check the token, read and unpack the body, translate off the loop, store.

    `request` is a Starlette request. Raises an `OrderscopeError` that the server turns into its status.
    """

    def __call__(self, request: Any, collector: "Collector", source: str = "") -> Awaitable[Receipt]:
        """What became of the request's message, once it is on disk."""
        ...


@dataclass(frozen=True, slots=True)
class Hook:
    """What the vendor of a source needs of its address, as the source's mapping declares it.

    `headers` (small letters) are kept with the message, `status` is what the vendor takes as received. Where it is
    `signed`, `fault(headers, query, body, secrets, now)` says why a request is not the vendor's ("" when it is) from
    the bytes as they came, and `claims(headers, query)` whether it pretends to be. It `repeats` the secret where that
    stands in the body itself. `greeting(method, query)` is what the vendor must hear before it sends, None when this
    request is no such question.
    """

    headers: tuple[str, ...]
    status: int
    signed: bool
    repeats: bool
    fault: Callable[[Mapping[str, str], Mapping[str, str], bytes, tuple[str, ...], datetime], str]
    claims: Callable[[Mapping[str, str], Mapping[str, str]], bool]
    greeting: Callable[[str, Mapping[str, str]], str | None]


def _unhooked(source: Source) -> Hook | None:
    return None


def _unversioned(source: Source) -> str:
    return ""


def _anything(source: Source) -> tuple[str, ...] | None:
    return None


def _faultless(source: Source) -> list[str]:
    return []


def _nothing(message: Message, source: Source) -> list[str]:
    return []


@dataclass(frozen=True, slots=True)
class Collector:
    """A wire: a pure function from a message to what it says, with a socket and a file reader in front.

    `translate` never raises for bad input: it gives rejections. `split` cuts a file into self-contained messages.
    `routes` makes the Starlette routes of its own endpoints, if it has any. `pack(headers, body)`, where a wire has
    it, puts what the request's headers say into the unpacked body, so that the message kept is complete in itself.
    `version` names the state of what reads a source, and `sends` the event types it can give (None: any). `unread`
    tells, a line each, what a message carried that looks like a key, quantity, date or status and became nothing.
    `hook` says what the vendor of a source needs of the inbound address; for most wires, nothing. `examples` tells, a
    line each, which examples of a source's mapping do not come out as they say.
    """

    name: str
    suffixes: tuple[str, ...]
    translate: Callable[[Message, Source], Translation]
    split: Callable[[Path, Source], Iterator[bytes]]
    routes: Callable[[Door], list[Any]]
    media: str = "application/octet-stream"
    pack: Callable[[Mapping[str, str], bytes], bytes] | None = None
    version: Callable[[Source], str] = _unversioned
    sends: Callable[[Source], tuple[str, ...] | None] = _anything
    unread: Callable[[Message, Source], list[str]] = _nothing
    hook: Callable[[Source], Hook | None] = _unhooked
    examples: Callable[[Source], list[str]] = _faultless


@dataclass(frozen=True, slots=True)
class Fetched:
    """A message as a feed fetched it. `headers` have lower-case names and mean what they mean in HTTP."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Batch:
    """What a feed hands over in one go: messages, or files that the wire cuts. Neither: all is well, nothing is new.

    `position` is where the next run goes on; it is kept when all of the batch is on disk. None leaves it as it is.
    """

    messages: Sequence[Fetched] = ()
    files: Sequence[Path] = ()
    position: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Errand:
    """What a feed is sent for. `pull` is the model of its kind; `folder` may hold what it needs for the length of a run.

    A feed ends soon after `stop` is set, and waits by `stop.wait`.
    """

    code: str
    source: Source
    pull: Any
    position: Mapping[str, Any]
    folder: Path
    stop: Event


def _sound(source: Source) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Feed:
    """A transport that fetches messages of any wire.

    `fetch` gives batches. Being asked for the next one means that the last one is on disk: only then it acknowledges.
    When a batch cannot be stored the generator is closed, and must let go of its connection without acknowledging.
    A `steady` feed holds its line until it is stopped; any other ends when nothing is left, and is sent again.
    `extra` names the library that a pull needs and the extra of this product that brings it ("" and "": none).
    `check` raises WrongUse where a declared source cannot work.
    """

    kind: str
    fetch: Callable[[Errand], Generator[Batch]]
    steady: bool
    extra: Callable[[Any], tuple[str, str]]
    check: Callable[[Source], None] = _sound


#: A story as rules are told of it: one row per subject and event that concerns it, in no particular order. `subject`
#: is a key text, or the order id for subjects of type order.
MOMENT: dict[str, Any] = {
    "subject_type": pl.String,
    "subject": pl.String,
    "order_no": pl.Int64,
    "type": pl.String,
    "occurred_at": INSTANT,
    "arrived_at": INSTANT,
    "source": pl.String,
    "source_rank": pl.Int32,
    "event_id": pl.UInt64,
    "revision": pl.Int32,
    "promised_at": INSTANT,
    "stage_rank": pl.Int32,
    "partner": pl.String,
    "tier": pl.String,
    "channel": pl.String,
    "entity": pl.String,
    "customer": pl.String,
    "carrier": pl.String,
    "node": pl.String,
    "mode": pl.String,
    "document": pl.String,
    "kind": pl.String,
    "value": pl.Float64,
    "hold_id": pl.String,
    "hold": pl.String,
    "message": pl.String,
}
#: Labels of an event; those that it does not carry are those of its order. `node` is the location, `kind` and `value` are
#: the order's, `document` is the type of a message, `hold` the kind of a hold, `mode` how a shipment travels.
LABELS = (
    "partner", "tier", "channel", "entity", "customer", "carrier", "node", "mode", "document", "kind", "value", "hold",
    "source",
)  # fmt: skip
#: What a rule may read: the subject type it is over, the event type, and whether apart from its own: by the order that stands in
#: for the subject, or, of an order, once for all of its parts.
Reading = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Moments:
    """What a rule kind reads, in narrow frames; events and subjects go by their row numbers.

    `steps` has one row per event in the order (occurred_at, source_rank, event_id), so that the first of several
    events is the one with the least number: occurred_at, arrived_at, event_id, stage_rank, promised_at, revision, hold_id,
    hold (its kind), message (the number of the document that it tells of). `concerns` says which event concerns which
    subject, and as what it is read: subject, what, step. `labels` has, of steps that may start a clock, the labels that
    any rule asks for. Steps that an event implies are not there: a kind reads its evidence.
    """

    steps: pl.DataFrame
    concerns: pl.DataFrame
    labels: pl.DataFrame
    what: Mapping[Reading, int]


#: What a rule kind gives: one row per clock. `rule` is the place of the rule among those asked, `subject` the number
#: in the moments. A clock says when, never whether it is late by now. `met_at` is the first stop, in time or not;
#: `void_at` ends the clock without a verdict. `occurrence` tells two clocks of one subject apart. `flag` holds words with a blank between. `calendar` is
#: the name of the calendar and the version that counted, "" for elapsed time.
CLOCK: dict[str, Any] = {
    "rule": pl.UInt16,
    "occurrence": pl.String,
    "subject": pl.UInt32,
    "started_at": INSTANT,
    "warn_at": INSTANT,
    "due_at": INSTANT,
    "met_at": INSTANT,
    "void_at": INSTANT,
    "start_event": pl.UInt64,
    "stop_event": pl.UInt64,
    "stop_arrived_at": INSTANT,
    "flag": pl.String,
    "calendar": pl.String,
    "partner": pl.String,
    "severity": pl.String,
    "owner": pl.String,
}

#: A clock with its names spelled out, as it is stored.
DUE: dict[str, Any] = {
    "rule": pl.String,
    "rule_version": pl.String,
    "code": pl.String,
    "subject_type": pl.String,
    "subject": pl.String,
    "occurrence": pl.String,
    "order_no": pl.Int64,
    "started_at": INSTANT,
    "warn_at": INSTANT,
    "due_at": INSTANT,
    "met_at": INSTANT,
    "void_at": INSTANT,
    "start_event": pl.UInt64,
    "stop_event": pl.UInt64,
    "stop_arrived_at": INSTANT,
    "flags": pl.List(pl.String),
    "calendar": pl.String,
    "partner": pl.String,
    "severity": pl.String,
    "owner": pl.String,
}


class Clocks(Protocol):
    """Business time, vectorised: adds a working duration to each start on the calendar named beside it."""

    def add(self, starts: pl.Series, seconds: pl.Series, calendars: pl.Series) -> pl.Series:
        """Naive UTC instants at which `seconds` of working time have passed; calendar "" is elapsed time."""
        ...

    def add_days(self, starts: pl.Series, days: pl.Series, calendars: pl.Series) -> pl.Series:
        """The same wall time that many working days later."""
        ...

    def elapsed(self, starts: pl.Series, ends: pl.Series, calendars: pl.Series) -> pl.Series:
        """Working time between two instants, as durations."""
        ...

    def end_of_day(self, instants: pl.Series, zone: str) -> pl.Series:
        """The last microsecond of the local calendar day of each instant."""
        ...

    def closing(self, starts: pl.Series, days: pl.Series, calendars: pl.Series) -> pl.Series:
        """Closing time of the working day, or that many working days later."""
        ...

    def cut_off(self, instants: pl.Series, calendars: pl.Series, minutes: pl.Series | None = None) -> pl.Series:
        """From when each instant counts; `minutes` after midnight are the cut-off where a calendar has none."""
        ...

    def next_file(self, instants: pl.Series, calendars: pl.Series) -> pl.Series:
        """When the first file comes at or after each instant; none where none comes."""
        ...

    def in_force(self, calendars: pl.Series, starts: pl.Series, ends: pl.Series) -> pl.Series:
        """The names under which clocks from start to end (none: still running) find their version of a calendar."""
        ...

    def versions(self, calendars: pl.Series) -> pl.Series:
        """The name and version of each calendar, as it is kept with a Due; "" for elapsed time."""
        ...


#: A rule kind: moments, all rules of that kind, the calendars -> clocks. It never asks what time it is.
Kind = Callable[[Moments, Sequence[Any], Clocks], pl.DataFrame]

#: Labels a `when` may match on, both in overrides and in routes.
Labels = Mapping[str, str | None]
