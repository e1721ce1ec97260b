"""Rules: which are in force, one whole, the schema; written anew, tried on history, published, taken back."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from app.cases.identity import acting, publishing
from app.errors import Conflict
from app.web.answers import Answer
from app.web.api import shapes
from app.web.api.paging import Cursor, Whole, instant, part
from app.web.parts import asked
from app.web.ruling import LONGEST, Ruling

Text = Annotated[str, Field(max_length=LONGEST, description="YAML: `rules:` with one rule.")]
Comment = Annotated[str, Field(max_length=1000, description="What changes and why.")]
Seen = Annotated[int | None, Field(ge=0, description="`seen` of the rule as it was read; none takes whatever stands.")]


class Written(BaseModel):
    """A rule as somebody writes it."""

    model_config = ConfigDict(extra="forbid")
    text: Text


class Published(Written):
    """A rule to put in force."""

    comment: Comment
    seen: Seen = None


class Withdrawn(BaseModel):
    """A publication to take back."""

    model_config = ConfigDict(extra="forbid")
    comment: Comment
    seen: Seen = None


class Tried(Written):
    """A rule to try on what is stored, for due dates of a period."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    frm: Annotated[datetime | None, Field(alias="from", description="Due at or after this instant.")] = None
    to: Annotated[datetime | None, Field(description="Due before this instant.")] = None


def router(ruling: Ruling | None) -> APIRouter:
    """`/rules` and `/backtests`."""
    made = APIRouter(tags=["rules"], responses=shapes.FAILS)
    here = _here(ruling)
    _reading(made, here)
    _writing(made, here)
    _trying(made, here)
    return made


def _reading(made: APIRouter, here: Callable[[], Ruling]) -> None:
    @made.get("/rules", summary="Every rule in force, and what is left out", response_model=shapes.Listing)
    async def listed(limit: Whole = 1000, cursor: Cursor = "") -> Response:
        rows = await asked(here().listed)
        return part(rows, limit, cursor, notices=await asked(here().notes))

    @made.get("/rules/schema", summary="The JSON Schema of a file of rules")
    async def schema() -> Response:
        return Answer(await asked(here().schema))

    @made.get("/rules/{rule}", summary="One rule whole: text, examples, what it replaces, its history")
    async def one(rule: str) -> Response:
        return Answer(await asked(lambda: here().one(rule)))


def _writing(made: APIRouter, here: Callable[[], Ruling]) -> None:
    @made.post("/rules/examine", summary="The faults of a rule with their lines, and how its examples turn out")
    async def examine(said: Written) -> Response:
        acting()
        return Answer(await asked(lambda: here().examined(said.text)))

    @made.post("/rules", summary="Publish a rule")
    async def publish(said: Published) -> Response:
        who = publishing()
        return Answer(await asked(lambda: here().publish(said.text, said.comment, who, "api", said.seen)))

    @made.post("/rules/{rule}/withdraw", summary="Take back what was published of a rule")
    async def withdraw(rule: str, said: Withdrawn) -> Response:
        who = publishing()
        return Answer(await asked(lambda: here().withdraw(rule, said.comment, who, "api", said.seen)))


def _trying(made: APIRouter, here: Callable[[], Ruling]) -> None:
    @made.post("/backtests", summary="Try a rule on what is stored, in the background", status_code=202)
    async def begin(said: Tried) -> Response:
        who = acting()
        begun = lambda: here().begin(said.text, instant(said.frm), instant(said.to), who)  # noqa: E731
        return Answer(await asked(begun), 202)

    @made.get("/backtests/{trial}", summary="How far a trial has come, and its answer")
    async def look(trial: str) -> Response:
        return Answer(await asked(lambda: here().trial(trial)))

    @made.delete("/backtests/{trial}", summary="End a trial")
    async def stop(trial: str) -> Response:
        acting()
        return Answer(await asked(lambda: here().stop(trial)))


def _here(ruling: Ruling | None) -> Callable[[], Ruling]:
    def here() -> Ruling:
        if ruling is None:
            raise Conflict("This server judges by no rules.", "Ask the one with the engine.")
        return ruling

    return here
