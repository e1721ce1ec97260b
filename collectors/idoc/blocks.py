"""Cuts a file of IDocs of any size into documents that can each be read alone."""

from collections.abc import Iterator
from pathlib import Path

from app.settings import Source
from app.unpack import opened
from collectors import files
from collectors.idoc.config import load

#: IDocs of one block when a file is read.
BLOCK_IDOCS = 500
_OPEN, _CLOSE = b"<IDOCS>\n", b"\n</IDOCS>\n"


def split(path: Path, source: Source) -> Iterator[bytes]:
    """A file of any size as documents of some hundred IDocs; where none is found, as it is."""
    load(source)
    held: list[bytes] = []
    size, cut = 0, False
    for idoc, declared in files.elements(opened(path), b"IDOC"):
        held.append(idoc)
        size += len(idoc)
        if len(held) >= BLOCK_IDOCS or size >= files.BLOCK_LIMIT:
            yield b"".join([declared, _OPEN, *held, _CLOSE])
            held, size, cut = [], 0, True
    if held:
        yield b"".join([declared, _OPEN, *held, _CLOSE])
    elif not cut:
        yield files.whole(path)
