"""How some vendors say hello before they send: a word in the query that the address must say back.

Business Central asks so with `validationToken` when a subscription is made or renewed; others call theirs a challenge.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from app.settings import Strict

_LONGEST = 2_000


class Handshake(Strict):
    """The word is a parameter of the query, sent with this method; it is answered as plain text with status 200."""

    query: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
    method: Literal["GET", "POST"] = "POST"


def greeting(asked: Handshake | None, method: str, query: Mapping[str, str]) -> str | None:
    """What to say back, or None when this is no hello."""
    if asked is None or method != asked.method:
        return None
    word = query.get(asked.query, "")
    return word if word and len(word) <= _LONGEST and word.isprintable() else None
