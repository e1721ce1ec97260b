"""Webhooks as their vendors sign them: each has a secret of its own with the company, and writes a digest in a header."""

import base64
import hmac
from collections.abc import Callable
from hashlib import sha256

Headers = dict[str, str]
Signer = Callable[[str, bytes, int, str], Headers]


def shop(secret: str, body: bytes, now: int, name: str) -> Headers:
    """Shopify: over the body, base64."""
    return {"x-shopify-hmac-sha256": _base64(secret.encode(), body), "x-shopify-webhook-id": name}


def tracker(secret: str, body: bytes, now: int, name: str) -> Headers:
    """EasyPost: over the body, in hex behind a name."""
    return {"x-hmac-signature": "hmac-sha256-hex=" + hmac.new(secret.encode(), body, sha256).hexdigest()}


def desk(secret: str, body: bytes, now: int, name: str) -> Headers:
    """Zendesk: over the time and the body, base64."""
    said = {"x-zendesk-webhook-signature-timestamp": f"{now}"}
    return said | {"x-zendesk-webhook-signature": _base64(secret.encode(), f"{now}".encode() + body)}


def standard(secret: str, body: bytes, now: int, name: str) -> Headers:
    """Standard Webhooks: over an id, the time and the body, base64."""
    signed = _base64(secret.encode(), f"{name}.{now}.".encode() + body)
    return {"webhook-id": name, "webhook-timestamp": f"{now}", "webhook-signature": f"v1,{signed}"}


def _base64(key: bytes, said: bytes) -> str:
    return base64.b64encode(hmac.new(key, said, sha256).digest()).decode()


#: Who signs, and how. The relay of the CRM's stream does not: it brings a token.
SIGNERS: dict[str, Signer] = {"ecom.web": shop, "carrier.track": tracker, "desk.main": desk, "3pl.west": standard}
