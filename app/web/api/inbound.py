"""`POST /api/v1/inbound/{source}`: whatever that source is configured to send, through its collector.

A vendor that signs is answered as it wants to be: with its own word before it first sends, and with its own status once
the message is on disk. That it could not be read is our affair then: sent again it would read no better, and some
vendors end a subscription at the first error.
"""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from app.cases.identity import known
from app.contracts import Collector, Receipt
from app.errors import NotAllowed, NotFound
from app.settings import Settings
from app.web.answers import Answer
from app.web.api import shapes
from app.web.door import HttpDoor
from app.web.hooks import VENDOR
from app.web.problems import document


def router(settings: Settings, door: HttpDoor, collectors: Sequence[Collector]) -> APIRouter:
    """The one address for every declared source."""
    made = APIRouter(prefix="/api/v1", tags=["ingest"], responses=shapes.FAILS)
    wires = {collector.name: collector for collector in collectors}

    @made.post("/inbound/{source}", summary="Messages of a declared source, in the format it is configured to send")
    async def inbound(source: str, request: Request) -> Response:
        who, hook = known(), door.hooks.of(source)
        if who.kind != VENDOR and not who.may_ingest(source):
            raise NotAllowed(f"This token may not send for {source[:100]!r}.", "Use a token with its `ingest:` scope.")
        if hook and (word := hook.greeting("POST", request.query_params)) is not None:
            return PlainTextResponse(word)
        declared = settings.sources.get(source)
        wire = wires.get(declared.collector if declared else request.query_params.get("collector", ""))
        if wire is None:
            raise NotFound(
                f"There is no source {source[:100]!r}.",
                "Declare it under `sources` in the configuration, or name its `collector`.",
            )
        receipt = await door(request, wire, source)
        return taken(receipt, hook.status) if hook and who.kind == VENDOR else answer(receipt)

    @made.get("/inbound/{source}", include_in_schema=False)
    async def hello(source: str, request: Request) -> Response:
        hook = door.hooks.of(source)
        word = hook.greeting("GET", request.query_params) if hook else None
        if word is None:
            raise NotFound("There is nothing to read at this address.", "Send messages with POST.")
        return PlainTextResponse(word)

    return made


def taken(receipt: Receipt, status: int) -> Answer:
    """What a vendor hears: its own status, and the counts."""
    return Answer(_counts(receipt), status)


def _counts(receipt: Receipt) -> dict[str, Any]:
    rejected = [
        {"index": one.index, "id": one.id, "reason": one.reason, "dead_letter": one.dead_letter}
        for one in receipt.rejected
    ]
    return {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "rejected": rejected}


def answer(receipt: Receipt) -> Answer:
    """What became of each item; a message that could not be read at all is a bad request, and kept."""
    counts = _counts(receipt)
    whole = [one for one in receipt.rejected if one.index < 0]
    if not whole:
        return Answer(counts)
    detail = f"The message could not be read: {whole[0].reason}. It is kept as a dead letter."
    return document(400, "The request cannot be read", detail, "See it under `GET /api/v1/dead-letters`.", **counts)
