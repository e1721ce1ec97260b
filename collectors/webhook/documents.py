"""From the bytes of a message to the documents in it, each with its kind, and to what could not be read.

A message may begin with a line `#headers {...}`: what the request's headers said, so that what is kept is complete in
itself. After it stands one JSON document, an array, or one document per line.
"""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from app.model.event import Rejection
from collectors.mapped import conditions, paths
from collectors.mapped.values import CONTENT, RECEIVED, SOURCE, Scope
from collectors.reading import excerpt, whole
from collectors.webhook.config import MAX_ITEMS, Document, Webhook

MARK = b"#headers "
#: Headers that are never kept, whatever a mapping names: they would let a reader of messages in.
_NEVER = ("authorization", "cookie", "proxy-authorization")
_HEADER_TEXT = 1_000
_DECODER = msgspec.json.Decoder(float_hook=str)
_ENCODE = msgspec.json.Encoder(order="deterministic").encode
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


class Found(NamedTuple):
    """A document of a message: its kind, where it stands, and what its values are read from."""

    kind: Document
    where: str
    scope: Scope


#: Where something stands that is no document, the reason's code, what a person should know, how it begins.
Foreign = tuple[str, str, str, str]


class Unread(Exception):
    """The message cannot be read at all; carries the refusal."""

    def __init__(self, refusal: Rejection) -> None:
        super().__init__(refusal.detail)
        self.refusal = refusal


def packed(headers: Mapping[str, str], body: bytes) -> bytes:
    """The body with a first line that says what the headers said; without any, as it is."""
    kept = {name: text[:_HEADER_TEXT] for name, text in headers.items() if name not in _NEVER}
    return MARK + msgspec.json.encode(kept) + b"\n" + body if kept else body


def headed(body: bytes) -> tuple[dict[str, str], bytes]:
    """(what the headers said, the rest) of a message."""
    if not body.startswith(MARK):
        return {}, body
    line, _, rest = body.partition(b"\n")
    try:
        said = msgspec.json.decode(line.removeprefix(MARK), type=dict[str, str])
    except UNREADABLE:
        return {}, body
    return {name.lower(): text[:_HEADER_TEXT] for name, text in said.items()}, rest


def parts(content: bytes) -> Iterator[tuple[str, Any]]:
    """(where, what stands there) of a message; an Exception stands where a line is no JSON. Raises Unread."""
    text = content.removeprefix(b"\xef\xbb\xbf")
    if not text.strip():
        raise Unread(whole("empty", "The message has no content.", content))
    try:
        yield from _items(_DECODER.decode(text))
    except UNREADABLE as fault:
        lines = [line for line in text.split(b"\n") if line.strip()]
        if len(lines) < 2 or lines[0].lstrip()[:1] not in (b"{", b"[") or not _is_json(lines[0]):
            raise Unread(whole(*unread(fault), content)) from None
        yield from _lines(lines)


def _items(said: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(said, list):
        yield from ((f"item {at}", one) for at, one in enumerate(said, 1))
    else:
        yield "", said


def _lines(lines: list[bytes]) -> Iterator[tuple[str, Any]]:
    for at, line in enumerate(lines, 1):
        try:
            yield f"line {at}", _DECODER.decode(line)
        except UNREADABLE as fault:
            yield f"line {at}", Exception(*unread(fault), excerpt(line))


def _is_json(line: bytes) -> bool:
    try:
        _DECODER.decode(line)
    except UNREADABLE:
        return False
    return True


def unread(fault: Exception) -> tuple[str, str]:
    """(code, detail) for bytes that are no JSON."""
    if isinstance(fault, RecursionError):
        return "too_deep", "The JSON is nested too deep to be read."
    if isinstance(fault, UnicodeDecodeError):
        return "bad_encoding", f"Not UTF-8: {fault.reason} (byte {fault.start})."
    return "malformed", str(fault)[:500]


def documents(declared: Webhook, body: bytes, came: Mapping[str, str]) -> Iterator[Found | Foreign]:
    """The documents of a message, `came` with it what is said by words, or (where, reason, detail, excerpt) of what is none. Raises Unread."""
    headers, content = headed(body)
    for count, (where, said) in enumerate(parts(content)):
        if count >= MAX_ITEMS:
            raise Unread(whole("too_many_items", f"The message has over {MAX_ITEMS:,} items.", body))
        if isinstance(said, Exception):
            yield (where, *said.args)
        else:
            yield from _known(declared, where, said, {**headers, **came})


def _known(declared: Webhook, where: str, said: Any, words: dict[str, str]) -> Iterator[Found | Foreign]:
    """The documents in one part of a message: all that stand where the first that can be read stands."""
    path = _place(declared, said, words)
    standing = [said] if path is None else _standing(said, path)
    for at, one in enumerate(standing, 1):
        place = f"{where} {at}".strip() if len(standing) > 1 else where
        kind = None if path is None else _kind(declared, path, one, words)
        if kind is None:
            yield _foreign(declared, place, one, words)
        else:
            content = hashlib.sha256(_ENCODE(one)).hexdigest()[:16]
            yield Found(
                kind, f"{place} {kind.name}".strip(), Scope(one, one, {**words, CONTENT: content}, declared.empty)
            )


def _place(declared: Webhook, said: Any, words: dict[str, str]) -> paths.Path | None:
    """The first path, of the first kind, at which a document of that kind stands."""
    for kind in declared.documents:
        for path in kind.at:
            if any(_is(declared, kind, one, words) for one in _standing(said, path)):
                return path
    return None


def _kind(declared: Webhook, path: paths.Path, one: Any, words: dict[str, str]) -> Document | None:
    return next((kind for kind in declared.documents if path in kind.at and _is(declared, kind, one, words)), None)


def _standing(said: Any, path: paths.Path) -> list[Any]:
    return [one for one in paths.select(said, path) if isinstance(one, dict)]


def _is(declared: Webhook, kind: Document, one: Any, words: dict[str, str]) -> bool:
    scope = Scope(one, one, words, declared.empty)
    return all(conditions.holds(where, wanted, scope) for where, wanted in kind.when.items())


def _foreign(declared: Webhook, where: str, said: Any, words: dict[str, str]) -> Foreign:
    """What is none of the documents that the mapping knows; it is kept, to be read with a better mapping."""
    named = ", ".join(kind.name for kind in declared.documents)
    told = "".join(f"; {name}: {text}" for name, text in words.items() if name not in (RECEIVED, SOURCE))
    return (
        where,
        "document_unknown",
        f"none of the documents of the mapping ({named}){told}"[:500],
        excerpt(_ENCODE(said)),
    )
