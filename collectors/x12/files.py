"""Cuts a file of interchanges into messages that can each be read alone, without ever holding a whole file.

A file is cut between interchanges; an interchange that is longer than a block is cut between its transactions, and each
piece gets the envelope again. A count in a trailer becomes the file's own less what went out before, so that a count
that was wrong in the file is wrong in the last piece as well.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.errors import TooLarge
from app.settings import Source
from app.unpack import opened
from collectors.files import BLOCK_LIMIT
from collectors.x12.config import BLOCK_BYTES, load
from collectors.x12.segments import BLANK, Delimiters, Segment, begins, header, is_header

#: Bytes are cut as Latin-1, which keeps each as it is; a UTF-8 byte order mark then shows as these.
_MARK = "ï»¿"
_LAST_SEARCHED = 64 * 1024


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file as messages of about BLOCK_BYTES. Raises WrongUse for a bad mapping, TooLarge for text without an end."""
    load(source)
    return cut(opened(path))


def cut(pieces: Iterable[bytes], size: int = BLOCK_BYTES) -> Iterator[bytes]:
    """The messages of a stream, each of about `size` bytes; an empty stream is one empty message."""
    cutter, empty = _Cutter(size), True
    for piece in pieces:
        for message in cutter.feed(piece.decode("latin-1")):
            yield message.encode("latin-1")
            empty = False
    if empty or cutter.text.strip(BLANK + _MARK):
        yield cutter.mended(cutter.text).encode("latin-1")


@dataclass(slots=True)
class _Cutter:
    """What is not out yet, beginning with its ISA; how many transactions of its group and groups of it are out."""

    size: int
    text: str = ""
    sets: int = 0
    groups: int = 0
    patience: int = 0

    def feed(self, piece: str) -> Iterator[str]:
        """Take more text; give what can be read alone."""
        self.text += piece
        while len(self.text) >= max(self.size, self.patience):
            self.text = self.text.lstrip(BLANK + _MARK)
            message = self._interchanges() or self._transactions()
            if not message:
                self._wait()
                return
            self.patience = 0
            yield message

    def _wait(self) -> None:
        """Look again only when there is twice as much, so that a long stretch is not searched again and again."""
        self.patience = 2 * len(self.text)
        if len(self.text) > BLOCK_LIMIT:
            detail = f"{BLOCK_LIMIT:,} characters hold no whole transaction."
            raise TooLarge(detail, "Check that this is a file of X12 interchanges.")

    def _interchanges(self) -> str:
        """All but the last interchange; "" where there is only one."""
        last = _last(self.text)
        if last <= 0:
            return ""
        message = self.mended(self.text[:last])
        self.text, self.sets, self.groups = self.text[last:], 0, 0
        return message

    def _transactions(self) -> str:
        """All but the last transaction of the one interchange that there is, in its envelope; "" where it has one."""
        if not is_header(self.text, 0):
            return ""
        isa, marks, start = header(self.text, 0)
        begun = [found.start(1) for found in _tag("ST", marks).finditer(self.text)]
        if len(begun) < 2:
            return ""
        body, rest = self.text[: begun[-1]], self.text[begun[-1] :]
        opened_at = [found.start(1) for found in _tag("GS", marks).finditer(body)]
        group = body[opened_at[-1] :] if opened_at else ""
        gs = group[: group.index(marks.segment) + 1] if group else ""
        inside = sum(place > (opened_at[-1] if opened_at else 0) for place in begun[:-1])
        message = self.mended(body) + _trailers(isa, marks, gs, inside, len(opened_at))
        self.sets = inside + (self.sets if len(opened_at) < 2 else 0)
        self.groups += max(len(opened_at) - 1, 0)
        self.text = self.text[:start] + gs + rest
        return message

    def mended(self, text: str) -> str:
        """A piece whose first trailers count only what the piece holds of its group and interchange."""
        if not (self.sets or self.groups) or not is_header(text, 0):
            return text
        _, marks, _ = header(text, 0)
        for tag, out in (("GE", self.sets), ("IEA", self.groups)):
            found = _counting(tag, marks).search(text)
            if found and out:
                text = f"{text[: found.start(1)]}{int(found[1]) - out}{text[found.end(1) :]}"
        return text


def _last(text: str) -> int:
    """Where the last interchange begins; -1 for none. The end of the text is searched first."""
    for start in (max(len(text) - _LAST_SEARCHED, 0), 0):
        found, at = -1, begins(text, start)
        while at >= 0:
            found = at if is_header(text, at) else found
            at = begins(text, at + 3)
        if found >= 0:
            return found
    return -1


def _tag(tag: str, marks: Delimiters) -> "re.Pattern[str]":
    """A whole segment of that tag behind a terminator; group 1 is the segment without its own."""
    end, element = re.escape(marks.segment), re.escape(marks.element)
    return re.compile(rf"{end}[\s\0]*({tag}{element}[^{end}]*)(?={end})")


def _counting(tag: str, marks: Delimiters) -> "re.Pattern[str]":
    end, element = re.escape(marks.segment), re.escape(marks.element)
    return re.compile(rf"{end}[\s\0]*{tag}{element}(\d{{1,11}}){element}")


def _trailers(isa: Segment, marks: Delimiters, gs: str, sets: int, groups: int) -> str:
    """GE and IEA of a piece."""
    element, end = marks.element, marks.segment
    number = gs.strip(BLANK + end).split(element)[6:7]
    ge = element.join(("GE", str(sets), *number)) + end if gs else ""
    return ge + element.join(("IEA", str(groups), isa[13])) + end
