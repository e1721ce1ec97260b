"""The sign-in page: a plain HTML form that works before, and without, any script."""

import re
from html import escape
from pathlib import Path
from urllib.parse import urlsplit

from fastapi import APIRouter
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from app.web.auth.gate import CSRF_COOKIE, SESSION_COOKIE, cookies, same_origin
from app.web.auth.registry import Registry
from app.web.auth.secrets import csrf_of

_PAGE = (Path(__file__).parent / "sign_in.html").read_text("utf-8")
_LOCAL = re.compile(r"/(?![/\\])[^\\\x00-\x20\x7f]*")
_NO_STORE = {"Cache-Control": "no-store"}
WRONG = "That name and password do not fit together. Please try again."
TOO_OFTEN = "Too many tries for this name. Please wait a minute, then try again."
LINK_USED = "This sign-in link was used before or has run out. Ask for a new one, or sign in with your password."
FOREIGN = "That form came from another site. Please use this one."


def forms(registry: Registry, *, secure: bool, hours: int) -> APIRouter:
    """`/sign-in`, `/sign-in/link` and `/sign-out`."""
    router = APIRouter(include_in_schema=False)

    def welcome(secret: str, target: str) -> Response:
        answer = RedirectResponse(target, 303, _NO_STORE)
        rest = {"max_age": hours * 3600, "secure": secure, "samesite": "lax", "path": "/"}
        answer.set_cookie(SESSION_COOKIE, secret, httponly=True, **rest)  # type: ignore[arg-type]
        answer.set_cookie(CSRF_COOKIE, csrf_of(secret), httponly=False, **rest)  # type: ignore[arg-type]
        return answer

    @router.get("/sign-in")
    async def show(request: Request) -> Response:
        return page(target=local(request.query_params.get("next")))

    @router.post("/sign-in")
    async def sign_in(request: Request) -> Response:
        form = await request.form()
        name, password = str(form.get("name", "")).strip(), str(form.get("password", ""))
        target = local(str(form.get("next", "")))
        if request.headers.get("origin") and not same_origin(request.headers):
            return page(FOREIGN, target=target, status=403)
        if registry.spent(name):
            return page(TOO_OFTEN, name, target, 429)
        secret = await registry.sign_in(name, password)
        return welcome(secret, target) if secret else page(WRONG, name, target, 401)

    @router.get("/sign-in/link")
    async def link(request: Request) -> Response:
        secret = await registry.redeem(request.query_params.get("token", ""))
        return welcome(secret, local(request.query_params.get("next"))) if secret else page(LINK_USED, status=401)

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        if secret := cookies(Headers(scope=request.scope)).get(SESSION_COOKIE):
            await registry.sign_out(secret)
        answer = RedirectResponse("/sign-in", 303, _NO_STORE)
        answer.delete_cookie(SESSION_COOKIE)
        answer.delete_cookie(CSRF_COOKIE)
        return answer

    return router


def local(target: str | None) -> str:
    """`target` if it is a path of ours, else the start page: nobody is sent elsewhere after signing in."""
    fits = bool(target) and _LOCAL.fullmatch(target or "") is not None
    ours = fits and not urlsplit(target or "").netloc and not (target or "").startswith("/sign-")
    return (target or "/") if ours else "/"


def page(said: str = "", name: str = "", target: str = "/", status: int = 200) -> HTMLResponse:
    """The form, with what went wrong; the caret stands where the person goes on."""
    note = f'<p class="note" role="alert">{escape(said)}</p>' if said else ""
    filled = _PAGE.replace("{{note}}", note).replace("{{next}}", escape(target, quote=True))
    first, second = ("", "autofocus") if name else ("autofocus", "")
    filled = filled.replace("{{name-focus}}", first).replace("{{focus}}", second)
    return HTMLResponse(filled.replace("{{name}}", escape(name[:200], quote=True)), status, _NO_STORE)
