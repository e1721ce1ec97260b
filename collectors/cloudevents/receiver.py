"""The socket of CloudEvents: `POST /api/v1/events`, in structured, batch and binary mode."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.contracts import Collector, Door, Receipt
from collectors.reading import WHOLE


def routes(door: Door, collector: Collector) -> list[Any]:
    """The endpoint, answering when all of it is on disk."""

    async def receive(request: Request) -> Response:
        return answer(await door(request, collector))

    return [Route("/api/v1/events", receive, methods=["POST"], name="events")]


def answer(receipt: Receipt) -> Response:
    """What became of each item; a message that could not be read at all is a bad request."""
    said = {
        "accepted": receipt.accepted,
        "duplicates": receipt.duplicates,
        "rejected": [
            {"index": one.index, "id": one.id, "reason": one.reason, "dead_letter": one.dead_letter}
            for one in receipt.rejected
        ],
    }
    if not any(one.index == WHOLE for one in receipt.rejected):
        return JSONResponse(said)
    problem = {
        "type": "about:blank",
        "title": "The request cannot be read",
        "status": 400,
        "detail": f"The message could not be read: {receipt.rejected[0].reason}. It is kept as a dead letter.",
    }
    return JSONResponse({**problem, **said}, status_code=400, media_type="application/problem+json")
