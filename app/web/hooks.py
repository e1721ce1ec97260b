"""Vendors at the door: what a declared source's vendor needs of its address, and whether a message is the vendor's.

1. A source with a `secret` takes messages that its vendor signed. 2. A token of ours that covers the source serves too,
for files that a person loads; but a signature that is sent must always hold. 3. The check comes before anything is
unpacked or read. 4. Without a good signature the answer is 401 and nothing is stored. 5. What is wrong on our side, a
mapping or a secret that is not there, is 503: the vendor sends again, and does not end its subscription.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.requests import Request

from app import clock
from app.cases.identity import Identity
from app.contracts import Collector, Hook
from app.errors import NotSignedIn, OrderscopeError, WrongUse
from app.settings import Settings, secrets

LOG = logging.getLogger("orderscope.web")
INBOUND = "/api/v1/inbound/"
VENDOR = "vendor"
#: Stands in what is kept for a secret that the vendor repeated in the body.
_HIDDEN = b'"..."'
_TEXT = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)


class Unready(OrderscopeError):
    """A source is declared wrongly: the vendor is to send again, and hears nothing of our configuration."""

    status, title = 503, "Not ready"


class Hooks:
    """The vendors of all declared sources."""

    def __init__(self, settings: Settings, collectors: Sequence[Collector]) -> None:
        self._sources = settings.sources
        self._wires = {one.name: one for one in collectors}

    def of(self, source: str) -> Hook | None:
        """What the vendor of a source needs; None where nothing is declared. Raises Unready for a wrong mapping."""
        declared = self._sources.get(source)
        wire = self._wires.get(declared.collector) if declared else None
        try:
            return wire.hook(declared) if wire and declared else None
        except WrongUse as fault:
            raise _unready(source, str(fault)) from None

    def is_signed(self, source: str) -> bool:
        """Whether messages of a source may come with a signature instead of a token."""
        declared = self._sources.get(source)
        return bool(declared and declared.secret and declared.collector in self._wires)

    def stranger(self, path: str) -> Identity | None:
        """Who stands at a vendor's address without a token: somebody who may do nothing until the signature is read."""
        source = path.removeprefix(INBOUND)
        return Identity(source, kind=VENDOR) if path.startswith(INBOUND) and self.is_signed(source) else None

    def admitted(self, request: Request, who: Identity, source: str, raw: bytes) -> Identity:
        """Who sends this: the vendor where the signature holds, else the token. Raises NotSignedIn, or Unready."""
        hook = self.of(source) if self.is_signed(source) else None
        headers, query = dict(request.headers), dict(request.query_params)
        if hook is None or (who.may_ingest(source) and who.kind == "token" and not _claims(hook, headers, query)):
            return who
        known = secrets(self._sources[source])
        if not (known and hook.signed):
            raise _unready(source, "its secret is not there" if hook.signed else "its mapping declares no signature")
        if why := hook.fault(headers, query, raw, known, clock.wall()):
            LOG.warning("sources.%s: a message was refused: %s", source, why)
            raise NotSignedIn(f"{why} Nothing was stored.", "Sign with the secret that was agreed for this source.")
        return Identity(source, kind=VENDOR, scopes=frozenset({f"ingest:{source}"}))

    def kept(self, source: str, headers: Mapping[str, str]) -> Mapping[str, str]:
        """The headers that may be kept with a message of a source: all where its wire has no vendors."""
        hook = self.of(source)
        return headers if hook is None else {name: headers[name] for name in hook.headers if name in headers}

    def cleaned(self, source: str, body: bytes) -> bytes:
        """The unpacked body without the secret, where the vendor repeats it there."""
        declared = self._sources.get(source)
        hook = self.of(source) if declared and declared.secret else None
        if declared and hook and hook.repeats:
            known = set(secrets(declared))
            return _TEXT.sub(lambda found: _HIDDEN if _read(found[0]) in known else found[0], body)
        return body


def _read(text: bytes) -> str:
    """A text of a JSON document, however it is escaped; "" for what is none."""
    try:
        return msgspec.json.decode(text, type=str)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return ""


def _claims(hook: Hook, headers: dict[str, str], query: dict[str, str]) -> bool:
    return hook.signed and not hook.repeats and hook.claims(headers, query)


def _unready(source: str, why: str) -> Unready:
    LOG.error("sources.%s: %s", source, why)
    return Unready("This source cannot be read at the moment; nothing was stored.", "Send it again.")


def faults(settings: Settings, collectors: Sequence[Collector]) -> list[str]:
    """What is wrong with the secrets of sources, one line each."""
    hooks, found = Hooks(settings, collectors), []
    for code, source in settings.sources.items():
        if not source.secret:
            continue
        if not secrets(source):
            found.append(f"sources.{code}.secret: there is no {source.secret}; set it, or write file:PATH of a file")
        if not _is_declared(hooks, code):
            found.append(f"sources.{code}.secret: its mapping declares no signature; remove one, or declare the other")
    return found


def _is_declared(hooks: Hooks, code: str) -> bool:
    try:
        hook: Any = hooks.of(code)
    except Unready:
        return True  # the mapping itself is told elsewhere
    return bool(hook and hook.signed)
