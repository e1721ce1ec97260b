"""The door: every message that is sent over HTTP comes in here, whatever its wire.

1. The token must allow the source, or some source; a vendor has its signature instead. 2. The body is read up to its limit and unpacked up to its limit.
3. It is translated in a worker thread. 4. Items of sources that the token does not cover are refused. 5. The sink
takes it, and the answer waits for the commit.
"""

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import anyio
import polars as pl
from starlette.requests import Request

from app import clock
from app.cases.identity import Identity, known
from app.cases.repeats import Repeats
from app.contracts import Collector, Receipt, Refused, Sink
from app.errors import NotAllowed, OrderscopeError, TooLarge, WrongUse
from app.model.event import Message, Rejection, Translation
from app.model.keys import PEOPLE, PRODUCT
from app.settings import Settings, Source
from app.unpack import unpacked
from app.web.hooks import VENDOR, Hooks
from collectors.guarded import failed, translated

_BACKFILL = "backfill"
_INGEST = "ingest:"
_DIGITS = 19
#: Who sends, for which source (empty: the items say), and when it reached the socket.
Origin = tuple[Identity, str, Any]


class HttpDoor:
    """Implements `contracts.Door` over a sink. `counted` keeps the totals that `/metrics` shows."""

    def __init__(self, settings: Settings, sink: Sink, repeats: Repeats, hooks: Hooks) -> None:
        self.settings, self.sink, self.repeats, self.hooks = settings, sink, repeats, hooks
        self.counted: dict[tuple[str, str], int] = {}

    async def __call__(self, request: Request, collector: Collector, source: str = "") -> Receipt:
        """Take what this request carries; returns when it is on disk. Raises an OrderscopeError otherwise."""
        received_at = clock.instant(clock.wall())
        who = known()
        if who.kind != VENDOR and not (source and self.hooks.is_signed(source)):
            _check_scope(who, source)
        raw = await _body(request, self.settings.server.max_body)
        who = self.hooks.admitted(request, who, source, raw) if source else who
        _check_scope(who, source)
        key, mark = _repeat_key(request, who), hashlib.sha256(raw).hexdigest()
        if key and (kept := await anyio.to_thread.run_sync(self.repeats.find, key, mark)):
            return Receipt(kept["accepted"], kept["duplicates"], tuple(Refused(**one) for one in kept["rejected"]))
        receipt = await self._taken(request, collector, (who, source, received_at), raw)
        if key:
            await anyio.to_thread.run_sync(self.repeats.keep, key, mark, asdict(receipt))
        self._count(collector.name, receipt)
        return receipt

    async def _taken(self, request: Request, collector: Collector, origin: Origin, raw: bytes) -> Receipt:
        who, source, received_at = origin
        headers = dict(request.headers)
        historical = request.query_params.get("historical") == "true"

        def read() -> tuple[Message, Translation]:
            body = unpacked(raw, headers.get("content-encoding", ""), self.settings.server.max_unpacked)
            if collector.pack:
                body = self.hooks.cleaned(source, body)
            name = source or only_source(who)
            declared = self.settings.sources.get(name) or Source(collector=collector.name)
            media = headers.get("content-type", collector.media)
            sent = Message(name, collector.name, media, body, received_at)
            message, said = _read(collector, sent, self.hooks.kept(source, headers), declared)
            return message, arrived(allowed(said, who), who, historical)

        message, said = await anyio.to_thread.run_sync(read)
        # Shielded: a client that hangs up must not take back what the writer already holds.
        return await asyncio.shield(asyncio.wrap_future(self.sink.put(message, said)))

    def _count(self, collector: str, receipt: Receipt) -> None:
        for name, more in (
            ("accepted", receipt.accepted), ("duplicates", receipt.duplicates), ("rejected", len(receipt.rejected)),
        ):  # fmt: skip
            self.counted[collector, name] = self.counted.get((collector, name), 0) + more


def _read(
    collector: Collector, message: Message, headers: Mapping[str, str], source: Source
) -> tuple[Message, Translation]:
    """A message, packed with its headers, and what it says. What is our fault and not the sender's refuses it, and it is kept."""
    try:
        body = collector.pack(headers, message.body) if collector.pack else message.body
        message = replace(message, body=body, mapping=collector.version(source))
        return message, translated(collector, message, source)
    except OrderscopeError as fault:
        if not isinstance(fault, WrongUse):
            raise
        return message, failed(message, fault)
    except Exception as fault:  # whatever headers and body do to the wire
        return message, failed(message, fault)


def only_source(who: Identity) -> str:
    """The one source a token is for; empty when it is for several or any."""
    sources = [scope.removeprefix(_INGEST) for scope in who.scopes if scope.startswith(_INGEST)]
    return sources[0] if len(sources) == 1 and sources[0] != "*" else ""


def allowed(said: Translation, who: Identity) -> Translation:
    """What the token covers of a translation; the rest becomes rejections, or NotAllowed when nothing is left.

    Nobody sends in the name of people: what they say comes through their own actions, with who they are.
    """
    said = replace(said, rejections=tuple(_of(one, who.may_ingest) for one in said.rejections))
    wrong = strangers(said, who.may_ingest)
    if not wrong:
        return said
    if len(wrong) == len(_senders(said)) and not said.rejections:
        name = str(wrong[0])[:100]
        raise NotAllowed(f"This token may not send for {name!r}.", f"Use a token with the scope `ingest:{name}`.")
    return without(said, wrong, "The token")


def _of(one: Rejection, may: Callable[[str], bool]) -> Rejection:
    """A refused item without the name of a sender for whom it may not speak: it would count against that one."""
    return (
        one if one.source not in (PEOPLE, PRODUCT) and (not one.source or may(one.source)) else replace(one, source="")
    )


def strangers(said: Translation, may: Callable[[str], bool]) -> list[str | None]:
    """The sources in whose name items speak that they may not; people's and the product's own always are."""
    return [name for name in _senders(said) if name in (PEOPLE, PRODUCT) or not may(name or "")]


def _senders(said: Translation) -> list[str | None]:
    """The sources in whose name its items speak."""
    sent = pl.concat([frame["source"] for frame in (said.events, said.spans, said.metrics)])
    return sent.unique().to_list()


def arrived(said: Translation, who: Identity, historical: bool) -> Translation:
    """Only who may fill the past says when a message arrived; for everybody else the socket does."""
    if _BACKFILL not in who.scopes:
        return said.arrived_now()
    return said.dated() if historical else said


def without(said: Translation, wrong: list[str | None], who: str) -> Translation:
    """A translation without the items of some sources, which become rejections."""
    foreign = pl.col("source").is_in(wrong)
    refused = [
        (item, source, native_id)
        for frame, name in ((said.events, "native_id"), (said.spans, "span_id"), (said.metrics, "name"))
        for item, source, native_id in frame.filter(foreign).select("item", "source", name).iter_rows()
    ]
    rejections = tuple(
        Rejection(item, "source_not_allowed", f"{who} may not send for {source!r}.", native_id or "")
        for item, source, native_id in sorted(refused, key=lambda r: r[0])
    )
    events = said.events.filter(~foreign)
    mentions = said.mentions.filter(pl.col("item").is_in(events["item"].implode()))
    spans, metrics = said.spans.filter(~foreign), said.metrics.filter(~foreign)
    return Translation(events, mentions, spans, said.rejections + rejections, metrics, said.whole)


def _check_scope(who: Identity, source: str) -> None:
    """Refuse before the body is read where the scopes alone decide it."""
    fits = who.may_ingest(source) if source else any(scope.startswith(_INGEST) for scope in who.scopes)
    if not fits:
        raise NotAllowed(
            f"This {who.kind} may not send messages{f' for {source[:100]!r}' if source else ''}.",
            f"Use a token with the scope `ingest:{source or '*'}`.",
        )


async def _body(request: Request, limit: int) -> bytes:
    """The body, refused as soon as it is known to be too large."""
    told = request.headers.get("content-length", "")
    if told.isdecimal() and len(told) <= _DIGITS and int(told) > limit:
        raise _too_large(limit)
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise _too_large(limit)
        parts.append(part)
    return b"".join(parts)


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit:,} bytes.", "Send it in smaller parts, or packed.")


def _repeat_key(request: Request, who: Identity) -> str:
    """What an Idempotency-Key stands for: one client, one address, one key."""
    said = request.headers.get("idempotency-key", "")
    return hashlib.sha256("\n".join((who.actor, request.url.path, said)).encode()).hexdigest() if said else ""
