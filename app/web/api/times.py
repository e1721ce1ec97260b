"""`as_of` and `known_at` in a query: what they mean, when they are refused, and the answer while a past is made."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query
from pydantic import BaseModel

from app import clock
from app.errors import Conflict
from app.store.past import Making, Times
from app.store.reader import Reader
from app.web.answers import Answer
from app.web.api.paging import instant, page
from app.web.parts import Row, asked

AsOf = Annotated[datetime | None, Query(description="Business time: as it stood then, with all that is known today.")]
KnownAt = Annotated[datetime | None, Query(description="Arrival: as it was known then.")]
_RETRY_SECONDS = 2


def times(as_of: AsOf = None, known_at: KnownAt = None) -> Times | None:
    """The time asked about, None for now. What has not come yet is refused."""
    if as_of is None and known_at is None:
        return None
    said = Times(instant(as_of), instant(known_at))
    now = clock.instant()
    if any(at is not None and at > now for at in (said.as_of, said.known_at)):
        raise Conflict("That time has not come yet.", f"Ask about a time up to {clock.written(now)}.")
    return said


class Timed(BaseModel):
    """What a list may be asked for that answers for another time too."""

    as_of: AsOf = None
    known_at: KnownAt = None

    @property
    def then(self) -> Times | None:
        """The time asked about, None for now."""
        return times(self.as_of, self.known_at)


Then = Annotated[Times | None, Depends(times)]


async def reader_of(reader: Reader, then: Times | None) -> Reader | Answer:
    """Who answers for that time; or the answer that it is still being made."""
    if then is None:
        return reader
    past = await asked(lambda: reader.past(then.as_of, then.known_at))
    return _wait(past, then) if isinstance(past, Making) else past


async def listing_of(
    reader: Reader, then: Times | None, limit: int, cursor: str,
    rows: Callable[[Reader, int, int, datetime], tuple[list[Row], int]],
) -> Answer:  # fmt: skip
    """A page of a list as it stood at that time, with how fresh it is; `rows` are asked of (reader, offset, limit, instant)."""
    now = then.now if then else clock.instant()
    past = await reader_of(reader, then)
    if isinstance(past, Answer):
        return past
    fresh = await asked(past.freshness)
    return await page(lambda at, n: rows(past, at, n, now), limit, cursor, freshness=fresh, **named(then))


def named(then: Times | None) -> Row:
    """The time as answers repeat it."""
    return {"as_of": then.as_of, "known_at": then.known_at} if then else {}


def _wait(making: Making, then: Times) -> Answer:
    said = {"state": "making", "events": making.done, "of": making.total} | named(then)
    answer = Answer(said, 202)
    answer.headers["Retry-After"] = str(_RETRY_SECONDS)
    return answer
