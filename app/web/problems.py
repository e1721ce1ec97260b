"""Failures as RFC 9457 problem documents: one shape for every caller, and nothing of our insides."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from app.errors import Busy, OrderscopeError
from app.web.answers import Answer

LOG = logging.getLogger("orderscope.web")
_FIRST = 20
_SERVER_ERROR = 500


class NoVersion(OrderscopeError):
    """A change without the version that was seen."""

    status, title = 428, "Which version did you see?"


class Problem(Answer):
    """An answer of type application/problem+json."""

    media_type = "application/problem+json"


def document(status: int, title: str, detail: str, mend: str = "", /, **extra: object) -> Problem:
    """A problem document; `type` names the kind of failure for programs, `mend` tells people what to do."""
    kind = "urn:orderscope:problem:" + "-".join(title.lower().replace("?", "").split())
    content: dict[str, Any] = {"type": kind, "title": title, "status": status, "detail": detail}
    if mend:
        content["mend"] = mend
    return Problem(content | extra, status)


def problem(fault: OrderscopeError) -> Problem:
    """One of our failures as its answer."""
    answer = document(fault.status, fault.title, fault.detail, fault.mend, **fault.extra)
    if fault.status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="orderscope"'
    if isinstance(fault, Busy):
        answer.headers["Retry-After"] = str(fault.retry_after)
    return answer


def unexpected() -> Problem:
    """What is said when something broke: nothing but where to look."""
    return document(_SERVER_ERROR, "Something went wrong", "The failure is in the log.", "Try again; then tell us.")


def teach(app: FastAPI) -> None:
    """Make the app answer every failure with a problem document."""
    app.add_exception_handler(OrderscopeError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _ours(request: Request, fault: Exception) -> Problem:
    assert isinstance(fault, OrderscopeError)
    if fault.status >= _SERVER_ERROR:
        LOG.error("%s %s: %s", request.method, request.url.path, fault, exc_info=fault)
    return problem(fault)


async def _invalid(_request: Request, fault: Exception) -> Problem:
    """What the client sent does not fit; it is not echoed, because it may be anything."""
    assert isinstance(fault, RequestValidationError)
    faults = [{"at": ".".join(map(str, e["loc"])), "what": e["msg"]} for e in fault.errors()[:_FIRST]]
    first = f"{faults[0]['at']}: {faults[0]['what']}" if faults else "It does not fit."
    return document(422, "Cannot be done", first, "Compare with /api/openapi.json.", faults=faults)


async def _http(_request: Request, fault: Exception) -> Problem:
    assert isinstance(fault, HTTPException)
    title = HTTPStatus(fault.status_code).phrase
    answer = document(fault.status_code, title, str(fault.detail or title))
    answer.headers.update(fault.headers or {})
    return answer
