"""Cuts files into messages that can each be read alone, without ever holding a whole file."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from app.errors import TooLarge
from app.unpack import opened

#: Bytes of one line, and of one block, that are still held in memory.
LINE_LIMIT, BLOCK_LIMIT = 4 * 2**20, 16 * 2**20
#: Name endings by which file transfers mark what is still on its way.
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
#: Bytes of a document that cannot be cut into lines.
DOCUMENT_LIMIT = 256 * 2**20
_ENCODING = re.compile(rb"^[^<]{0,3}<\?xml[^>]*?encoding=[\"']([A-Za-z0-9._-]+)[\"']")


def lines(chunks: Iterator[bytes], limit: int = LINE_LIMIT) -> Iterator[bytes]:
    """The lines of a stream, each with its line end. Raises TooLarge for a line over `limit` bytes."""
    held: list[bytes] = []
    size = 0
    for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for line in ended:
            yield b"".join([*held, line, b"\n"])
            held, size = [], 0
        held.append(rest)
        size += len(rest)
        if size > limit:
            raise TooLarge(f"A line is longer than {limit:,} bytes.", "Check that this is a file of lines.")
    if size:
        yield b"".join(held)


def blocks(rows: Iterator[bytes], count: int, head: bytes = b"") -> Iterator[bytes]:
    """Rows joined to messages of at most `count` rows and about BLOCK_LIMIT bytes, each beginning with `head`."""
    held: list[bytes] = []
    size = 0
    for row in rows:
        held.append(row)
        size += len(row)
        if len(held) >= count or size >= BLOCK_LIMIT:
            yield head + b"".join(held)
            held, size = [], 0
    if held:
        yield head + b"".join(held)


def whole(path: Path) -> bytes:
    """A document that is read in one piece. Raises TooLarge over DOCUMENT_LIMIT."""
    parts, size = [], 0
    for piece in opened(path):
        size += len(piece)
        if size > DOCUMENT_LIMIT:
            raise TooLarge(f"The file unpacks to more than {DOCUMENT_LIMIT:,} bytes.", "Write one record per line.")
        parts.append(piece)
    return b"".join(parts)


def elements(pieces: Iterable[bytes], name: bytes) -> Iterator[tuple[bytes, bytes]]:
    """(each XML element of that name as it stands in a stream, an XML declaration with the encoding of the stream).

    The elements do not stand in one another. Raises TooLarge for one that never ends.
    """
    begins = re.compile(rb"<(?:[A-Za-z0-9_]+:)?%s[\s>]" % name)
    ends = re.compile(rb"</(?:[A-Za-z0-9_]+:)?%s\s*>" % name)
    rest, declared = b"", b""
    for piece in pieces:
        rest += piece
        while (begin := begins.search(rest)) and (end := ends.search(rest, begin.end())):
            declared = declared or _declaration(rest[: begin.start()])
            yield rest[begin.start() : end.end()], declared
            rest = rest[end.end() :]
        if len(rest) > BLOCK_LIMIT:
            shown = name.decode()
            raise TooLarge(
                f"A <{shown}> is longer than {BLOCK_LIMIT:,} bytes.", f"Check that this is a file of <{shown}>."
            )


def _declaration(head: bytes) -> bytes:
    encoding = _ENCODING.match(head)
    return b'<?xml version="1.0" encoding="%s"?>\n' % (encoding[1] if encoding else b"utf-8")


def is_lines(path: Path) -> bool:
    """True for a file of one JSON record per line: by its name, or because its first line is a whole object."""
    if any(suffix in path.name.lower() for suffix in (".jsonl", ".ndjson")):
        return True
    start = b""
    for piece in opened(path):
        start += piece
        if len(start) > LINE_LIMIT or b"\n" in start.lstrip():
            break
    first, ended, rest = start.lstrip().partition(b"\n")
    return bool(ended and rest.strip()) and first[:1] == b"{" and first.rstrip()[-1:] == b"}"


def json_messages(path: Path, count: int) -> Iterator[bytes]:
    """A JSON file as messages: blocks of `count` records where it has one per line, else the whole document."""
    if is_lines(path):
        yield from blocks((line for line in lines(opened(path)) if line.strip()), count)
    elif document := whole(path).strip():
        yield document
    else:
        yield b""
