"""Lengths of time as rules write them: elapsed or working time, or whole working days, and never one for the other."""

import re
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from app import stories

_WORKING_DAYS = re.compile(r"(\d+) working days?")
_YEAR = 366 * 86_400


class Span(BaseModel):
    """A length of time: elapsed or working seconds, or else whole working days. Never one turned into the other."""

    model_config = ConfigDict(frozen=True)
    seconds: int = 0
    days: int = 0


def span(text: str) -> Span:
    """`15m`, `4h`, `1h 30m`, `2d`, `2 working days`; raises ValueError for anything else and for nothing at all."""
    if found := _WORKING_DAYS.fullmatch(text.strip()):
        answer = Span(days=int(found[1]))
    else:
        answer = Span(seconds=int(stories.step(text.replace(" ", "")).total_seconds()))
    if not 0 < answer.seconds + answer.days * 86_400 <= _YEAR:
        raise ValueError(f"{text!r} is not between one second and a year")
    return answer


def _duration(text: Any) -> Any:
    if not isinstance(text, str):
        raise ValueError("write a length of time as words, such as 4h or 2 working days")
    if text:
        span(text)
    return text


def _signed(text: Any) -> Any:
    return text if isinstance(text, str) and text.startswith("-") and _duration(text[1:]) else _duration(text)


def _elapsed(text: Any) -> Any:
    if _duration(text) and span(text).days:
        raise ValueError(f"{text!r} is not elapsed time: write hours")
    return text


#: Lengths as rules write them; `Signed` may begin with a minus, `Elapsed` is no working time.
Duration = Annotated[str, BeforeValidator(_duration)]
Signed = Annotated[str, BeforeValidator(_signed)]
Elapsed = Annotated[str, BeforeValidator(_elapsed)]
