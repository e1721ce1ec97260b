"""Which signal a message is: JSON says so itself; of protobuf the three requests look alike, so a mark is put before.

The mark is a field that protobuf's readers pass over: the message stays what it was, and the raw message that is kept
can be read again without the address to which it was sent.
"""

from collections.abc import Callable, Mapping
from typing import Literal

from app.model.event import Message
from collectors.otlp import json, protobuf
from collectors.otlp.rows import Found

Signal = Literal["traces", "logs", "metrics"]
#: Field 1000 of type varint; the byte after it is the signal. Traces go without.
_MARK = b"\xc0\x3e"
_SIGNALS: dict[Signal, tuple[bytes, Callable[[bytes], Found]]] = {
    "traces": (b"", protobuf.spans),
    "logs": (_MARK + b"\x02", protobuf.logs),
    "metrics": (_MARK + b"\x03", protobuf.points),
}


def packing(signal: Signal) -> Callable[[Mapping[str, str], bytes], bytes]:
    """A `pack` that marks protobuf bodies of a signal."""
    mark = _SIGNALS[signal][0]

    def pack(headers: Mapping[str, str], body: bytes) -> bytes:
        return body if is_json(headers.get("content-type", ""), body) else mark + body

    return pack


def is_json(media: str, body: bytes) -> bool:
    """The encoding of a body: what the request says, else what it looks like."""
    if "protobuf" in media:
        return False
    return "json" in media or body.lstrip()[:1] == b"{"


def found_in(message: Message) -> Found:
    """What a message holds, of whatever signal. Raises Unreadable for what is no message at all."""
    if is_json(message.media, message.body):
        return json.read(message.body)
    readers = (reader for mark, reader in _SIGNALS.values() if mark and message.body.startswith(mark))
    return next(readers, protobuf.spans)(message.body)
