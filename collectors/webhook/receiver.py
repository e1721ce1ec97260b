"""Vendors post to `POST /api/v1/inbound/{source}`; this says what each needs of that address."""

from datetime import datetime
from typing import Any

from app.contracts import Door, Hook
from app.settings import Source
from collectors.webhook import signature
from collectors.webhook.config import Webhook, load
from collectors.webhook.handshake import greeting
from collectors.webhook.signature import Sent, Shared


def routes(door: Door) -> list[Any]:
    """No routes of its own."""
    return []


def hook(source: Source) -> Hook | None:
    """What the vendor of a source needs. Raises WrongUse without a good mapping."""
    declared = load(source)
    return Hook(
        headers=tuple(name.lower() for name in declared.headers),
        status=declared.status,
        signed=declared.signature is not None,
        repeats=isinstance(declared.signature, Shared) and bool(declared.signature.body),
        fault=lambda headers, query, body, secrets, now: _fault(declared, Sent(headers, query, body), secrets, now),
        claims=lambda headers, query: _claims(declared, Sent(headers, query, b"")),
        greeting=lambda method, query: greeting(declared.handshake, method, query),
    )


def _fault(declared: Webhook, sent: Sent, secrets: tuple[str, ...], now: datetime) -> str:
    return signature.fault(declared.signature, sent, secrets, now) if declared.signature else "Nothing is signed."


def _claims(declared: Webhook, sent: Sent) -> bool:
    return declared.signature is not None and signature.is_signed(declared.signature, sent)
