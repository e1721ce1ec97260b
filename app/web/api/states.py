"""Who owns which state and what each status means, as the version in force says."""

from fastapi import APIRouter
from starlette.responses import Response

from app.model.ownership import governed
from app.web.answers import Answer
from app.web.api import shapes


def router() -> APIRouter:
    """`/states`."""
    made = APIRouter(tags=["states"], responses=shapes.FAILS)

    @made.get("/states", summary="Owners of states, meanings of statuses, and how both have changed")
    async def states() -> Response:
        return Answer(governed())

    return made
