"""One answer of a web service: asked for patiently, bounded, unpacked."""

from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from threading import Event

import httpx

from app import clock
from app.errors import BadInput, OrderscopeError, TooLarge
from app.unpack import pieces
from collectors.feeds.rest.config import PASSING, PATIENCE, TRIES


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer of success: its body unpacked, its kind, and the address that its Link header calls next."""

    url: httpx.URL
    body: bytes
    media: str
    next: str


def asked(http: httpx.Client, url: httpx.URL, limit: int, stop: Event) -> Answer:
    """The answer at an address. Raises OrderscopeError when it is none of success, or does not come in time."""
    for at in range(TRIES):
        last = at == TRIES - 1
        try:
            with http.stream("GET", url) as response:
                if response.status_code not in PASSING or last:
                    return _read(response, limit)
                pause = _pause(response, at)
        except httpx.TransportError as fault:
            if last:
                raise OrderscopeError(f"{_shown(url)} does not answer: {fault or type(fault).__name__}") from None
            pause = 2.0**at
        if pause > PATIENCE:
            raise OrderscopeError(f"{_shown(url)} asks to wait for {pause:.0f} seconds.")
        if stop.wait(pause):
            break
    raise OrderscopeError("The program ended before the answer came.")


def _read(response: httpx.Response, limit: int) -> Answer:
    if response.status_code != 200:
        raise OrderscopeError(f"{_shown(response.url)} answers {response.status_code} {response.reason_phrase[:80]}.")
    names = [name.strip().lower() for name in response.headers.get("content-encoding", "").split(",") if name.strip()]
    try:
        body = b"".join(pieces(response.iter_raw(), [name for name in names if name != "identity"], limit))
    except (TooLarge, BadInput) as fault:
        raise OrderscopeError(f"{_shown(response.url)}: {fault.detail}", "Ask for smaller pages.") from None
    following = response.links.get("next", {}).get("url", "")
    return Answer(response.url, body, response.headers.get("content-type", ""), following)


def _pause(response: httpx.Response, at: int) -> float:
    """What the server asks for, in seconds or as a date; else longer each time."""
    told = response.headers.get("retry-after", "").strip()
    if told.isdecimal() and len(told) < 10:
        return float(told)
    try:
        when = parsedate_to_datetime(told)
    except ValueError:
        return 2.0**at
    when = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (when - clock.wall()).total_seconds())


def _shown(url: httpx.URL) -> str:
    """An address without its parameters, which may hold what is nobody's business."""
    return str(url.copy_with(query=None, userinfo=b""))[:200]
