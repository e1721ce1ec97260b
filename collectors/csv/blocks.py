"""Cuts a CSV file of any size into blocks that can each be read alone: the header, and whole rows."""

from collections.abc import Iterator
from pathlib import Path

from app.unpack import opened
from collectors import files
from collectors.csv.config import BLOCK_ROWS
from collectors.mapped.marks import marked

#: Lines that one row may have; past that a quote was never closed, and the lines are taken as they are.
_ROW_LINES = 1_000


def split(path: Path, delimiter: str) -> Iterator[bytes]:
    """Blocks of about BLOCK_ROWS rows. Every block but the first says on a line of its own where it begins."""
    lines = files.lines(opened(path))
    head = next(rows(lines), b"")
    if not head.strip():
        yield head
        return
    head = head if head.endswith(b"\n") else head + b"\n"
    number, first = 2, True
    for block in files.blocks(rows(lines), BLOCK_ROWS):
        mark = b"" if first else marked(number)
        yield mark + head + block
        number, first = number + BLOCK_ROWS, False
    if first:
        yield head


def rows(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Rows of lines: a quote that is open at the end of a line carries on to the next."""
    held: list[bytes] = []
    quotes = 0
    for line in lines:
        held.append(line)
        quotes += line.count(b'"')
        if quotes % 2 == 0:
            yield b"".join(held)
            held, quotes = [], 0
        elif len(held) >= _ROW_LINES:
            yield from held
            held, quotes = [], 0
    yield from held
