"""CloudEvents in binary mode: the envelope travels in HTTP headers, the body holds only `data`.

Packed into the structured form it is one message again, complete in itself, and can be kept and read like any other.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote_to_bytes

import msgspec

_PREFIX = "ce-"
_ENCODE = msgspec.json.encode


def pack(headers: Mapping[str, str], body: bytes) -> bytes:
    """The structured form of a binary-mode request; any other body as it is. `headers` have lower-case names."""
    media = headers.get("content-type", "")
    if media.lower().startswith("application/cloudevents") or not any(name.startswith(_PREFIX) for name in headers):
        return body
    envelope: dict[str, Any] = {
        name.removeprefix(_PREFIX): _decoded(value) for name, value in headers.items() if name.startswith(_PREFIX)
    }
    if media:
        envelope["datacontenttype"] = media
    if not body:
        return _ENCODE(envelope)
    if "json" in media.lower() and _is_json(body):
        return _ENCODE({**envelope, "data": msgspec.Raw(body.strip())})
    return _ENCODE({**envelope, "data_base64": base64.b64encode(body).decode()})


def _decoded(value: str) -> str:
    """A header value: percent-encoded UTF-8, as the HTTP binding says, or bare UTF-8, as some senders write."""
    return unquote_to_bytes(value.encode("latin-1", "replace")).decode("utf-8", "replace")


def _is_json(body: bytes) -> bool:
    """Whether the body can be put into the message as it is."""
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
