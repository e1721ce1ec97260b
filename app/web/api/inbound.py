"""`POST /api/v1/inbound/{source}`: whatever that source is configured to send, through its collector."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from app.cases.identity import known
from app.contracts import Collector, Receipt
from app.errors import NotAllowed, NotFound
from app.settings import Settings
from app.web.answers import Answer
from app.web.api import shapes
from app.web.door import HttpDoor
from app.web.problems import document


def router(settings: Settings, door: HttpDoor, collectors: Sequence[Collector]) -> APIRouter:
    """The one address for every declared source."""
    made = APIRouter(prefix="/api/v1", tags=["ingest"], responses=shapes.FAILS)
    wires = {collector.name: collector for collector in collectors}

    @made.post("/inbound/{source}", summary="Messages of a declared source, in the format it is configured to send")
    async def inbound(source: str, request: Request) -> Response:
        if not known().may_ingest(source):
            raise NotAllowed(f"This token may not send for {source[:100]!r}.", "Use a token with its `ingest:` scope.")
        declared = settings.sources.get(source)
        wire = wires.get(declared.collector if declared else request.query_params.get("collector", ""))
        if wire is None:
            raise NotFound(
                f"There is no source {source[:100]!r}.",
                "Declare it under `sources` in the configuration, or name its `collector`.",
            )
        return answer(await door(request, wire, source))

    return made


def answer(receipt: Receipt) -> Answer:
    """What became of each item; a message that could not be read at all is a bad request, and kept."""
    rejected = [
        {"index": one.index, "id": one.id, "reason": one.reason, "dead_letter": one.dead_letter}
        for one in receipt.rejected
    ]
    counts: dict[str, Any] = {"accepted": receipt.accepted, "duplicates": receipt.duplicates, "rejected": rejected}
    whole = [one for one in receipt.rejected if one.index < 0]
    if not whole:
        return Answer(counts)
    detail = f"The message could not be read: {whole[0].reason}. It is kept as a dead letter."
    return document(400, "The request cannot be read", detail, "See it under `GET /api/v1/dead-letters`.", **counts)
