"""Whether a message is the vendor's: its signature over the bytes as they came, compared in constant time.

A vendor either signs (`hmac`) or repeats a secret (`shared`) in a header, in the query or in the body; what differs
between vendors is data of the mapping. The secret itself stands in the environment or in a file, never in a mapping.
"""

import base64
import binascii
import hmac
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from pydantic import Field, field_validator

from app.settings import Strict
from collectors.mapped import paths

_PART = re.compile(r"\{([A-Za-z0-9_-]+)\}")
#: Signatures that one header may hold: some vendors send one for each secret in force.
_MOST = 10
_STANDARD = "whsec_"


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as far as signatures go: headers in small letters, parameters of the query, the bytes as they came."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes


class Hmac(Strict):
    """An HMAC in a header."""

    kind: Literal["hmac"]
    header: str = Field(description="The header with the signature; several may stand there, between blanks.")
    pair: str = Field("", description="The header holds NAME=VALUE pairs between commas; the signature's name.")
    prefix: str = Field("", description="What stands before the signature.")
    algorithm: Literal["sha1", "sha256", "sha512"] = "sha256"
    encoding: Literal["base64", "hex"] = "base64"
    key: Literal["text", "nfkd", "base64"] = Field("text", description="How the secret becomes the key.")
    over: str = Field("{body}", description="What is signed: {body}, and headers or pairs by their names.")
    time: str = Field("", description="The header or pair that says when it was signed: seconds since 1970, or ISO.")
    within: int = Field(300, ge=1, le=86_400, description="Seconds that this may be away from the arrival.")

    @field_validator("over")
    @classmethod
    def _signed(cls, value: str) -> str:
        if "body" not in _PART.findall(value):
            raise ValueError("what is signed must hold {body}")
        return value


class Shared(Strict):
    """The secret itself, repeated by the vendor."""

    kind: Literal["shared"]
    header: str = ""
    query: str = ""
    body: str = Field("", description="A path to the secret in the body; every part it selects must be it.")

    @field_validator("body")
    @classmethod
    def _path(cls, value: str) -> str:
        if value:
            paths.parsed(value)
        return value


Signed = Annotated[Hmac | Shared, Field(discriminator="kind")]


def fault(declared: Hmac | Shared, sent: Sent, secrets: tuple[str, ...], now: datetime) -> str:
    """Why the message is not taken for the vendor's; "" when it is. Several secrets serve while one replaces another."""
    if not secrets:
        return "The secret of this source is not set."
    if isinstance(declared, Shared):
        return _shared(declared, sent, secrets)
    return _hmac(declared, sent, secrets, now)


def is_signed(declared: Hmac | Shared, sent: Sent) -> bool:
    """Whether the request claims to be the vendor's at all."""
    if isinstance(declared, Shared) and declared.query:
        return declared.query in sent.query
    return declared.header.lower() in sent.headers if declared.header else True


def _shared(declared: Shared, sent: Sent, secrets: tuple[str, ...]) -> str:
    if declared.header:
        said = [sent.headers.get(declared.header.lower(), "")]
    elif declared.query:
        said = [sent.query.get(declared.query, "")]
    else:
        said = _in_body(declared.body, sent.body)
    good = bool(said) and sum(_among(one, secrets) for one in said) == len(said)
    return "" if good else "The secret is missing or wrong."


def _in_body(path: str, body: bytes) -> list[str]:
    try:
        found: list[Any] = paths.select(msgspec.json.decode(body), paths.parsed(path))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return []
    return [one if isinstance(one, str) else "" for one in found]


def _hmac(declared: Hmac, sent: Sent, secrets: tuple[str, ...], now: datetime) -> str:
    written = sent.headers.get(declared.header.lower(), "")
    named = _named(declared, written, sent)
    given = named.get(declared.pair, "") if declared.pair else written
    signatures = [one.removeprefix(declared.prefix) for one in given.split()[:_MOST] if one.startswith(declared.prefix)]
    if not signatures:
        return f"The header {declared.header} has no signature."
    if declared.time and not _is_fresh(named.get(declared.time.lower(), ""), now, declared.within):
        return f"The time of the signature is missing or over {declared.within} seconds away."
    message = _over(declared.over, named, sent.body)
    wanted = tuple(made for secret in secrets if (made := _made(declared, secret, message)))
    return "" if sum(_among(one, wanted) for one in signatures) else "The signature is wrong."


def _named(declared: Hmac, written: str, sent: Sent) -> dict[str, str]:
    """Headers and pairs by name."""
    if not declared.pair:
        return dict(sent.headers)
    pairs = (one.partition("=") for one in written.split(",")[:_MOST])
    return {**sent.headers, **{name.strip(): value.strip() for name, _, value in pairs}}


def _over(template: str, named: Mapping[str, str], body: bytes) -> bytes:
    """The bytes that are signed."""
    parts = _PART.split(template)
    texts = [
        one.encode() if at % 2 == 0 else body if one == "body" else named.get(one.lower(), "").encode()
        for at, one in enumerate(parts)
    ]
    return b"".join(texts)


def _made(declared: Hmac, secret: str, message: bytes) -> str:
    """The signature as the vendor would write it; "" where the secret is not written as declared."""
    try:
        key = _key(declared, secret)
    except (binascii.Error, ValueError):
        return ""
    digest = hmac.new(key, message, declared.algorithm)
    return digest.hexdigest() if declared.encoding == "hex" else base64.b64encode(digest.digest()).decode()


def _key(declared: Hmac, secret: str) -> bytes:
    if declared.key == "base64":
        return base64.b64decode(secret.removeprefix(_STANDARD), validate=True)
    return (unicodedata.normalize("NFKD", secret) if declared.key == "nfkd" else secret).encode()


def _among(said: str, wanted: tuple[str, ...]) -> bool:
    """Whether it is one of them; every one is looked at, and each comparison takes as long whatever differs."""
    return sum(hmac.compare_digest(said.encode("utf-8", "replace"), one.encode()) for one in wanted) > 0


def _is_fresh(written: str, now: datetime, within: int) -> bool:
    """Whether a time of signing lies near the arrival; `now` is aware."""
    try:
        at = (
            datetime.fromtimestamp(int(written), UTC)
            if written.isascii() and written.isdecimal() and len(written) <= 11
            else datetime.fromisoformat(written)
        )
    except (ValueError, OverflowError, OSError):
        return False
    return at.tzinfo is not None and abs((now - at).total_seconds()) <= within
