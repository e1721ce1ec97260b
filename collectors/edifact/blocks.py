"""Cuts a file of any size between messages, each piece with its envelope again, without ever holding the whole file.

A piece that is not all of its interchange says on a line before it what went before, so that counts can still be checked.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import TooLarge
from app.unpack import opened
from collectors.edifact import charset
from collectors.edifact.syntax import DEFAULT, LINES, Service, is_released, segment_end, service
from collectors.files import BLOCK_LIMIT, whole

#: Says what went before: messages and groups of the interchange, messages of the group, and whether more follows.
PART = b"#part "
#: Bytes of messages in one piece.
PIECE = 2**20
_PART = re.compile(rb"#part (\d{1,9}) (\d{1,9}) (\d{1,9}) ([01])\n")
_BLANK = b" \t\r\n"
#: Bytes by which the tag of a segment, or a UNA, can be told.
_TAG = 12


@dataclass(frozen=True, slots=True)
class Part:
    """What went before a piece of an interchange, and whether the interchange goes on after it."""

    messages: int = 0
    groups: int = 0
    in_group: int = 0
    goes_on: bool = False


def part_of(text: bytes) -> tuple[Part, bytes]:
    """(what the line before a piece says, the piece)."""
    found = _PART.match(text)
    if not found:
        return Part(), text
    messages, groups, in_group, more = map(int, found.groups())
    return Part(messages, groups, in_group, bool(more)), text[found.end() :]


def split(path: Path) -> Iterator[bytes]:
    """A file as pieces of about PIECE bytes. Raises TooLarge for a segment or message that fits in no piece."""
    chunks = opened(path)
    head = b""
    for chunk in chunks:
        head += chunk
        if len(head) > PIECE:
            break
    else:
        yield head
        return
    if head.startswith(charset.WIDE):
        head, chunks = whole(path), iter(())
    head, marked = charset.unmarked(head)
    mark = codecs.BOM_UTF8 if marked else b""
    for piece in _Packer().pieces(_segments(head, chunks)):
        yield mark + piece


#: What stands between two segments' ends: the bytes with their terminator, and the separators they were cut by.
Raw = tuple[bytes, Service]


def _segments(head: bytes, chunks: Iterator[bytes]) -> Iterator[Raw]:
    """The segments of a stream with their terminators, as sent; UNA is one, the last may be cut short."""
    held, spoken, looked = head, DEFAULT, 0
    while True:
        at = 0
        while (una := _una(held, at)) is not None or len(held) - at > _TAG:
            spoken = una[0] if una else _until(held, at, spoken)
            end = una[1] if una else segment_end(held, max(at, looked), spoken)
            if end == len(held) and not _is_whole(held, spoken):
                break
            yield held[at:end], spoken
            at, looked = end, 0
        held = held[at:]
        looked = len(held) if len(held) > _TAG else 0
        if len(held) > BLOCK_LIMIT:
            raise TooLarge(f"A segment is longer than {BLOCK_LIMIT:,} bytes.", "Check that this is a file of EDIFACT.")
        if not (chunk := next(chunks, b"")):
            yield from _rest(held, spoken)
            return
        held += chunk


def _rest(held: bytes, spoken: Service) -> Iterator[Raw]:
    """What is left when the stream has ended."""
    at = 0
    while at < len(held):
        end = segment_end(held, at, _until(held, at, spoken))
        yield held[at:end], spoken
        at = end


def _is_whole(held: bytes, spoken: Service) -> bool:
    """Whether the last segment that is there has its end."""
    ended = held.endswith(spoken.terminator.encode("latin-1"))
    return ended and not is_released(held, len(held) - 1, spoken.release)


def _una(held: bytes, at: int) -> tuple[Service, int] | None:
    """(the separators, where it ends) of a UNA that stands there."""
    bare = held[at : at + 64].lstrip(_BLANK)
    if not bare.startswith(b"UNA") or len(bare) < 9:
        return None
    told = service(bare[3:9].decode("latin-1"))
    return (told, held.index(b"UNA", at) + 9) if told else None


def _until(held: bytes, at: int, spoken: Service) -> Service:
    """The separators of the segment that begins there; a UNB without UNA may go back to those of the standard."""
    bare = held[at : at + 64].lstrip(_BLANK)
    if not bare.startswith(b"UNB") or (spoken != DEFAULT and chr(bare[3]) == spoken.element):
        return spoken
    head = held[at : at + 4096]
    return LINES if b"'" not in head and b"\n" in head else DEFAULT


class _Packer:
    """Packs segments to pieces: whole interchanges together, one that is too large in parts."""

    def __init__(self) -> None:
        self.ready: list[bytes] = []
        self.waiting = 0
        self.una = self.unb = self.ung = b""
        self.start = Part()
        self.messages = self.groups = self.in_group = 0
        self.held: list[bytes] = []
        self.size = 0

    def pieces(self, raws: Iterator[Raw]) -> Iterator[bytes]:
        """The pieces of a stream of segments."""
        for raw, spoken in raws:
            tag = raw[:64].lstrip(_BLANK)[:3]
            if tag in (b"UNA", b"UNB"):
                yield from self._begin(raw, tag)
            elif tag == b"UNH" and self.unb and self.size >= PIECE:
                yield from self._parted()
            self._take(raw, tag, spoken)
        yield from self._done()
        yield from self._flush()

    def _begin(self, raw: bytes, tag: bytes) -> Iterator[bytes]:
        """A new interchange, unless this is the UNB that belongs to the UNA before it."""
        if tag == b"UNB" and self.una and not self.unb:
            self.unb = raw
            return
        yield from self._done()
        self.una, self.unb = (raw, b"") if tag == b"UNA" else (b"", raw)

    def _take(self, raw: bytes, tag: bytes, spoken: Service) -> None:
        if tag == b"UNG":
            self.ung, self.groups, self.in_group = raw, self.groups + 1, 0
        elif tag == b"UNE":
            self.ung = b""
        elif tag == b"UNH":
            self.messages += 1
            self.in_group += 1
        self.held.append(raw)
        self.size += len(raw)
        if self.size > BLOCK_LIMIT + PIECE:
            raise TooLarge(f"A message is longer than {BLOCK_LIMIT:,} bytes.", "Check that this is a file of EDIFACT.")

    def _parted(self) -> Iterator[bytes]:
        """What there is of the interchange, as one piece; the next begins with its envelope again."""
        yield from self._flush()
        yield self._piece(goes_on=True)
        before = self.groups - 1 if self.ung else self.groups
        self.start = Part(self.messages, before, self.in_group if self.ung else 0)
        self.held = [one for one in (self.una, self.unb, self.ung) if one]
        self.size = 0

    def _piece(self, goes_on: bool) -> bytes:
        start = self.start
        mark = b"%s%d %d %d %d\n" % (PART, start.messages, start.groups, start.in_group, goes_on)
        return mark + b"".join(self.held)

    def _done(self) -> Iterator[bytes]:
        """The end of an interchange: the last of its parts, or one that waits for others to be sent with."""
        if self.start != Part():
            yield from self._flush()
            yield self._piece(goes_on=False)
        elif self.held:
            self.ready.append(b"".join(self.held))
            self.waiting += self.size
        self.una = self.unb = self.ung = b""
        self.start, self.held, self.size = Part(), [], 0
        self.messages = self.groups = self.in_group = 0
        if self.waiting >= PIECE:
            yield from self._flush()

    def _flush(self) -> Iterator[bytes]:
        if self.ready:
            yield b"".join(self.ready)
        self.ready, self.waiting = [], 0
